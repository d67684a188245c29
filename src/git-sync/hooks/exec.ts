import { CommandError, command, howItEnded } from '#kit/command.ts'
import type { Fields } from '#kit/log.ts'
import { HookError, type HookRun } from './hook.ts'

export interface ExecHookOptions {
  /** As options name it. */
  readonly name: string
  /** A path, below the tree when it is relative, or a name on the PATH. */
  readonly program: string
  readonly args: readonly string[]
  /** What `--ref` says. */
  readonly ref: string
  readonly timeoutMs: number
  /** What it inherits: no secret of ours may be in it. */
  readonly env: Readonly<Record<string, string>>
  readonly stop: AbortSignal
}

/**
 * Kept of each output, however much a hook says: the first of stdout and the last of stderr. A line
 * with words from both stays below 16 KiB, where container engines cut the lines of a log.
 */
const maxOutputBytes = 4096

/** Runs the program once in the tree, with `GITSYNC_HASH` and its like in its environment. */
export function execHook(options: ExecHookOptions): HookRun {
  const { name, program, args, ref, timeoutMs, env, stop } = options
  return async ({ commit, previous, tree }) => {
    const finished = await command([program, ...args], {
      cwd: tree,
      env: {
        ...env,
        PWD: tree,
        GITSYNC_HASH: commit,
        GITSYNC_PREVIOUS_HASH: previous ?? '',
        GITSYNC_REF: ref,
      },
      timeoutMs,
      stop,
      // One more tells that there was more.
      maxOutputBytes: maxOutputBytes + 1,
    }).catch((cause: unknown) => {
      if (!(cause instanceof CommandError)) throw cause
      // The kernel says the same of a script that is not there and of one whose interpreter is not.
      const advice = 'is it there and executable? A script needs #! and its interpreter in line 1'
      throw new HookError(`${cause.message}; ${advice}, and arguments belong in --${name}-arg`, {
        cause,
      })
    })
    const said = shownOutput(finished)
    if (finished.code === 0 && finished.ended === 'by-itself') return said
    throw new HookError(`${program} ${howItEnded(finished)}`, { said })
  }
}

/** What was said, without the output that nothing was said to; `…` stands for what is left out. */
function shownOutput({ stdout, stderr }: { stdout: string; stderr: string }): Fields {
  const isCut = (text: string): boolean => Buffer.byteLength(text) > maxOutputBytes
  return {
    ...(stdout.trim() === '' ? {} : { stdout: isCut(stdout) ? `${stdout.slice(0, -1)}…` : stdout }),
    ...(stderr.trim() === '' ? {} : { stderr: isCut(stderr) ? `…${stderr.slice(1)}` : stderr }),
  }
}
