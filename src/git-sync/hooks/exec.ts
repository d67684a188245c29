import { CommandError, howItEnded } from '#kit/command.ts'
import { HookError, type HookRun } from './hook.ts'
import { runInTree, type TreeProgram } from './run-in-tree.ts'

export interface ExecHookOptions extends TreeProgram {
  readonly stop: AbortSignal
}

/** Runs the program once in the tree of the commit that it is told of. */
export function execHook(options: ExecHookOptions): HookRun {
  const { program, stop } = options
  return async (delivery) => {
    const { finished, said } = await runInTree(options, delivery, { stop }).catch(
      (cause: unknown) => {
        if (cause instanceof CommandError) throw new HookError(cause.message, { cause })
        throw cause
      },
    )
    if (finished.code === 0 && finished.ended === 'by-itself') return said
    throw new HookError(`${program} ${howItEnded(finished)}`, { said })
  }
}
