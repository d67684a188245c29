import { CommandError, command, howItEnded } from '#kit/command.ts'
import { HookError, type HookRun } from './hook.ts'

export interface ExecHookOptions {
  /** A path, below the tree when it is relative, or a name on the PATH. */
  readonly program: string
  readonly timeoutMs: number
  /** What it inherits: no secret of ours may be in it. */
  readonly env: Readonly<Record<string, string>>
  readonly stop: AbortSignal
}

/** Kept of each output: what a line of the log may hold, however much a hook says. */
const maxOutputBytes = 16 << 10

/** The kernel says the same of a script that is not there and of one whose interpreter is not. */
const advice =
  'is it there and executable? A script needs #! and its interpreter in line 1; no arguments are given'

/** Runs the program once without arguments, in the tree, with $GITSYNC_HASH. */
export function execHook({ program, timeoutMs, env, stop }: ExecHookOptions): HookRun {
  return async ({ commit, tree }) => {
    const finished = await command([program], {
      cwd: tree,
      env: { ...env, PWD: tree, GITSYNC_HASH: commit },
      timeoutMs,
      stop,
      maxOutputBytes,
    }).catch((cause: unknown) => {
      if (!(cause instanceof CommandError)) throw cause
      throw new HookError(`${cause.message}; ${advice}`, { cause })
    })
    const { code, ended, stdout, stderr } = finished
    const said = { stdout, stderr }
    if (code === 0 && ended === 'by-itself') return said
    throw new HookError(`${program} ${howItEnded(finished)}`, { said })
  }
}
