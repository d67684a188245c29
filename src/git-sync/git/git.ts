import { resolve } from 'node:path'
import { CommandError, command, type Finished, howItEnded } from '#kit/command.ts'
import type { Log } from '#kit/log.ts'
import type { Env } from '#kit/options.ts'
import { adviceFor } from './advice.ts'
import { type GitAuth, joinAuth, noAuth } from './auth.ts'
import { gitEnvironment } from './environment.ts'
import type { Setting } from './git-config.ts'
import { loginFor } from './logins.ts'

export interface GitOptions {
  /** The program, by name or path. */
  readonly program: string
  readonly env: Env
  readonly root: string
  readonly log: Log
  /** Ends what runs: the daemon stops, or the pass has run out of time. */
  readonly stop: AbortSignal
  readonly auth?: GitAuth
  /** Somebody's own: after ours and before those of credentials. */
  readonly settings?: readonly Setting[]
  /** Descriptor of the lock on the root: git holds it while it lives, also after we were killed. */
  readonly lock?: number | undefined
  /** Nobody waits for it: other programs have the processor first. */
  readonly isPatient?: boolean
}

export interface RunOptions {
  /** Where it runs; the root without it. */
  readonly cwd?: string
  readonly onStderrLine?: (line: string) => void
}

/** From TERM to KILL: a pass shall end within a second of its limit. */
const graceMs = 700

/** A run of git that failed. The message is one line; `advice` says what a person can do. */
export class GitError extends Error {
  override readonly name = 'GitError'
  readonly finished: Finished | null
  readonly advice: string | null

  constructor(
    message: string,
    {
      finished,
      advice,
      cause,
    }: { readonly finished?: Finished; readonly advice?: string | null; readonly cause?: unknown },
  ) {
    super(message, { cause })
    this.finished = finished ?? null
    this.advice = advice ?? null
  }
}

/**
 * The program that `--git` means: a name is searched for in PATH each time it is run, a path is
 * that file wherever git is run from.
 * @throws Error naming --git when there is no such program.
 */
export function findGit(program: string, env: Env): string {
  const found = program.includes('/') ? resolve(program) : program
  if (Bun.which(found, { PATH: env.PATH ?? '' }) !== null) return found
  throw new Error(`Cannot run --git ${program}: no such program; check --git and that git is there`)
}

/** The one way to run git on the repository in a root. */
export class Git {
  readonly root: string
  readonly #options: GitOptions
  /** Made when it is needed: most passes run no git. Shared by all with the same credentials. */
  #made: { environment: Readonly<Record<string, string>> | null } = { environment: null }

  constructor(options: GitOptions) {
    this.root = options.root
    this.#options = options
  }

  /** True when a lock tells that nobody else writes to this root. */
  get alone(): boolean {
    return this.#options.lock !== undefined
  }

  /** As `--git` says. */
  get program(): string {
    return this.#options.program
  }

  /** The whole environment that it runs in; the same object for the same credentials. */
  get environment(): Readonly<Record<string, string>> {
    const { env, auth = noAuth } = this.#options
    this.#made.environment ??= gitEnvironment(env, { ...this.#options, auth })
    return this.#made.environment
  }

  /** What somebody set beside our own settings: a question asked without git may not know them. */
  get settings(): readonly Setting[] {
    return this.#options.settings ?? []
  }

  /** The same with other credentials or another end. */
  with(changed: Partial<Pick<GitOptions, 'auth' | 'stop' | 'lock' | 'isPatient'>>): Git {
    const other = new Git({ ...this.#options, ...changed })
    if (changed.auth === undefined) other.#made = this.#made
    return other
  }

  /** The same with these credentials, settings and variables before and above its own. */
  withMore(more: Partial<GitAuth>): Git {
    return this.with({
      auth: joinAuth([more, this.#options.auth ?? noAuth, { env: more.env ?? {} }]),
    })
  }

  /** True when there is a login for this URL. */
  hasLogin(url: string): boolean {
    return loginFor(url, this.#options.auth?.logins ?? []) !== null
  }

  /** Runs git and tells how it ended, whatever its code. @throws GitError when it cannot start. */
  async attempt(
    args: readonly string[],
    { cwd, onStderrLine }: RunOptions = {},
  ): Promise<Finished> {
    const { program, root, log, stop, lock, isPatient = false } = this.#options
    const finished = await command([program, ...args], {
      env: this.environment,
      cwd: cwd ?? root,
      stop,
      graceMs,
      isPatient,
      ...(onStderrLine ? { onStderrLine } : {}),
      ...(lock === undefined ? {} : { inherit: lock }),
    }).catch((error: unknown) => {
      if (!(error instanceof CommandError)) throw error
      throw new GitError(error.message, { advice: 'check --git and that git is installed' })
    })
    const { code, elapsedMs, stdout, stderr } = finished
    log.debug(5, 'ran git', { args, cwd: cwd ?? root, code, ms: Math.round(elapsedMs) })
    log.debug(6, 'git said', { stdout, stderr })
    return finished
  }

  /**
   * Runs git, which must succeed; returns its standard output.
   * @throws GitError "`what`: <what git said>", `what` being like "Cannot fetch main".
   */
  async run(what: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
    const finished = await this.attempt(args, options)
    if (finished.code === 0 && finished.ended === 'by-itself') return finished.stdout
    throw gitError(what, finished)
  }
}

/** The error that tells what git said, without its progress and general advice. */
export function gitError(what: string, finished: Finished): GitError {
  const said = { ...finished, stderr: withoutNoise(finished.stderr) }
  return new GitError(`${what}: git ${howItEnded(said)}`, {
    finished,
    advice: finished.ended === 'by-itself' ? adviceFor(finished.stderr) : null,
  })
}

function withoutNoise(stderr: string): string {
  const progress =
    /^(remote: )?(Enumerating|Counting|Compressing|Receiving|Resolving|Unpacking|Updating|Total)\b|^POST git-|^\s*$/
  const frames =
    /^@|^Please make sure you have the correct access|^and the repository exists\.$|^Warning: Permanently added /
  return stderr
    .split(/[\r\n]/)
    .filter((line) => !progress.test(line) && !frames.test(line))
    .join('\n')
}
