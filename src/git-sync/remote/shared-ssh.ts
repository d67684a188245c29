import { stat } from 'node:fs/promises'
import type { GitAuth } from '#git-sync/git/auth.ts'
import { withoutSecretVariables } from '#git-sync/git/environment.ts'
import type { Git } from '#git-sync/git/git.ts'
import type { Clock } from '#kit/clock.ts'
import { formatDuration } from '#kit/duration.ts'
import { type Log, reasonOf } from '#kit/log.ts'
import type { Env } from '#kit/options.ts'
import { timeLimit } from '#kit/time-limit.ts'
import { unlessAborted } from '#kit/unless-aborted.ts'
import type { Asking } from './ls-remote.ts'
import { type SshMaster, startSshMaster } from './ssh-master.ts'
import type { SshPlace } from './ssh-place.ts'

export interface SharedSshOptions {
  readonly place: SshPlace
  /** What ssh reads for each connection: when one of them changes, there is a new connection. */
  readonly files: readonly string[]
  /** Where the folder for its socket is made. */
  readonly socketPlace: string
  readonly env: Env
  readonly uid: number
  readonly periodMs: number
  /** Of one pass, in which ssh must have its turn without a shared connection, too. */
  readonly syncTimeoutMs: number
  readonly log: Log
  readonly clock: Clock
}

/** A question that git asks by ssh; lines are what it says on stderr. */
export type Question<Answer> = (git: Git, onStderrLine?: (line: string) => void) => Promise<Answer>

/** From the beginning to the moment when ssh is given its turn without sharing, at most. */
const longestPatienceMs = 10_000

/** Nobody's question comes for so long, at least, when we were killed. */
const shortestIdleMs = 60_000

/** Whoever takes a key of ours away at the host has shut us out by then. */
const longestLifeMs = 600_000

/** Whatever ends sooner than after so many polls has cost more than it gave. */
const fewPolls = 10

/** In a row. */
const mostFaults = 3

/** Then it is tried again: the host or a network may be another one by now. */
const restMs = 3_600_000

/** A connection that polls share. */
interface Connection {
  readonly master: SshMaster
  /** Of the files and the options of ssh. */
  readonly state: string
  readonly bornMs: number
  polls: number
  lastMs: number
}

/**
 * Questions over ssh that share one connection, so that only the first one of many is a login. It is
 * opened only after ssh has had an answer by itself: a host that is away or refuses our keys is
 * asked once a pass. Whatever goes wrong by it is asked again without it.
 */
export class SharedSsh {
  readonly #options: SharedSshOptions
  #connection: Connection | null = null
  #ending: Promise<unknown> = Promise.resolve()
  #hasAnswered = false
  #faults = 0
  #restEndsMs = Number.NEGATIVE_INFINITY
  #hasTold = false

  constructor(options: SharedSshOptions) {
    this.#options = options
  }

  /** @throws what the question throws without a shared connection. */
  async ask<Answer>(asking: Asking, question: Question<Answer>): Promise<Answer> {
    const shared = await this.#askShared(asking, question)
    if ('answer' in shared) return shared.answer
    this.#hasAnswered = false
    const answer = await question(asking.git)
    this.#hasAnswered = true
    // Only now: else it was the host that was away.
    if (shared.fault !== null) this.#blame(shared.fault)
    return answer
  }

  /** Ends the connection. Not to be called while a question is asked. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#letGo()
    await this.#ending
  }

  async #askShared<Answer>(
    { git, auth, stop }: Asking,
    question: Question<Answer>,
  ): Promise<{ readonly answer: Answer } | { readonly fault: string | null }> {
    const { syncTimeoutMs, clock } = this.#options
    using patience = timeLimit({ ms: Math.min(longestPatienceMs, syncTimeoutMs / 2), stop })
    try {
      const connection = await this.#connectionFor(auth, patience.signal)
      if (connection === null) return { fault: null }
      const env = { ...auth.env, GIT_SSH_COMMAND: connection.master.ssh }
      const sharing = git.with({ auth: { ...auth, env }, stop: patience.signal })
      let refusal: string | null = null
      const answer = await question(sharing, (line) => {
        if (tellsOfRefusal(line)) refusal ??= line.trim()
      })
      connection.polls++
      connection.lastMs = clock.monotonicMs()
      if (connection.polls >= fewPolls) this.#faults = 0
      if (refusal !== null) this.#drop(refusal)
      return { answer }
    } catch (error) {
      this.#letGo()
      stop.throwIfAborted()
      return { fault: patience.signal.aborted ? 'it takes too long' : reasonOf(error) }
    }
  }

  /** The connection as it stands, or a new one; null when ssh shall make its own this time. */
  async #connectionFor(auth: GitAuth, stop: AbortSignal): Promise<Connection | null> {
    const { files, clock, log, env, periodMs } = this.#options
    if (clock.monotonicMs() < this.#restEndsMs) return null
    const ssh = auth.env.GIT_SSH_COMMAND ?? 'ssh'
    const late = 'Cannot look at the keys in time'
    const states = await unlessAborted(Promise.all(files.map(stateOf)), { stop, late })
    const state = [ssh, ...states].join('\n')
    const idleMs = Math.max(2 * periodMs, shortestIdleMs)
    const old = this.#connection
    if (old !== null) {
      const nowMs = clock.monotonicMs()
      const isOver = nowMs - old.bornMs > longestLifeMs
      if (!isOver && old.state === state && old.master.lives()) return old
      const hasFailed = !old.master.lives() && nowMs - old.lastMs < idleMs
      this.#drop(hasFailed && old.polls < fewPolls ? 'it ends after a few polls' : null)
      return null
    }
    if (!this.#hasAnswered) return null
    const options = { ...this.#options, env: withoutSecretVariables(env), ssh, idleMs, stop }
    const master = await startSshMaster(options)
    log.debug(2, 'polls share an ssh connection')
    const nowMs = clock.monotonicMs()
    this.#connection = { master, state, bornMs: nowMs, polls: 0, lastMs: nowMs }
    return this.#connection
  }

  #drop(fault: string | null): void {
    this.#letGo()
    this.#hasAnswered = false
    if (fault !== null) this.#blame(fault)
  }

  /** Nobody waits for its end: one that hangs would take its time from the pass. */
  #letGo(): void {
    const connection = this.#connection
    this.#connection = null
    if (connection === null) return
    // What cannot be ended ends by itself.
    const end = connection.master.end().catch(() => {})
    this.#ending = Promise.all([this.#ending, end])
  }

  #blame(why: string): void {
    const { log, clock } = this.#options
    log.debug(1, 'an ssh connection could not be shared', { why })
    if (++this.#faults < mostFaults) return
    this.#faults = 0
    this.#restEndsMs = clock.monotonicMs() + restMs
    if (this.#hasTold) return
    log.info('each poll makes its own ssh connection', { why, for: formatDuration(restMs) })
    this.#hasTold = true
  }
}

/** As ssh begins its lines when it cannot ask by the connection of another one. */
function tellsOfRefusal(line: string): boolean {
  return /^(mux_client_|control ?socket )/i.test(line)
}

/** Another one whenever somebody writes to the file or puts another one in its place. */
async function stateOf(path: string): Promise<string> {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs } = await stat(path, { bigint: true })
    return [dev, ino, size, mtimeNs, ctimeNs].join(' ')
  } catch {
    return 'none'
  }
}
