import { CommandError, type CommandOptions, command, type Finished } from '#kit/command.ts'
import type { Fields } from '#kit/log.ts'
import type { HookEvent } from './hook.ts'

export interface TreeProgram {
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
}

/** How it ended, and what it said. */
export interface Ran {
  readonly finished: Finished
  readonly said: Fields
}

/**
 * Kept of each output, however much is said: the first of stdout and the last of stderr. A line with
 * words from both stays below 16 KiB, where container engines cut the lines of a log.
 */
const maxOutputBytes = 4096

/**
 * Runs somebody's program in a tree, with `GITSYNC_HASH` and its like in its environment.
 * @throws CommandError telling what to look at when it cannot be started.
 */
export async function runInTree(
  { name, program, args, ref, timeoutMs, env }: TreeProgram,
  { commit, previous, tree }: Pick<HookEvent, 'commit' | 'previous' | 'tree'>,
  how: Pick<CommandOptions, 'stop' | 'endsGroup'>,
): Promise<Ran> {
  const finished = await command([program, ...args], {
    ...how,
    cwd: tree,
    env: {
      ...env,
      PWD: tree,
      GITSYNC_HASH: commit,
      GITSYNC_PREVIOUS_HASH: previous ?? '',
      GITSYNC_REF: ref,
    },
    timeoutMs,
    // One more tells that there was more.
    maxOutputBytes: maxOutputBytes + 1,
  }).catch((cause: unknown) => {
    if (!(cause instanceof CommandError)) throw cause
    // The kernel says the same of a script that is not there and of one whose interpreter is not.
    const advice = 'is it there and executable? A script needs #! and its interpreter in line 1'
    throw new CommandError(`${cause.message}; ${advice}, and arguments belong in --${name}-arg`, {
      cause,
    })
  })
  return { finished, said: shownOutput(finished) }
}

/** What was said, without the output that nothing was said to; `…` stands for what is left out. */
function shownOutput({ stdout, stderr }: Finished): Fields {
  const isCut = (text: string): boolean => Buffer.byteLength(text) > maxOutputBytes
  return {
    ...(stdout.trim() === '' ? {} : { stdout: isCut(stdout) ? `${stdout.slice(0, -1)}…` : stdout }),
    ...(stderr.trim() === '' ? {} : { stderr: isCut(stderr) ? `…${stderr.slice(1)}` : stderr }),
  }
}
