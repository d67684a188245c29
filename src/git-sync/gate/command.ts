import { type Ran, runInTree, type TreeProgram } from '#git-sync/hooks/run-in-tree.ts'
import type { Tree } from '#git-sync/tree/materialise.ts'
import { RefusedCommitError } from '#git-sync/tree/refusal.ts'
import type { Clock } from '#kit/clock.ts'
import { CommandError, howItEnded } from '#kit/command.ts'
import type { Log } from '#kit/log.ts'
import { GateError } from './gate-error.ts'

export interface GateCommandOptions extends TreeProgram {
  readonly clock: Clock
  readonly log: Log
}

export interface AskOptions {
  /** The commit that is served now, or null. */
  readonly previous: string | null
  readonly stop: AbortSignal
}

/** Somebody's program that must agree. */
export interface GateCommand {
  /**
   * Runs it in the tree.
   * @throws RefusedCommitError when it says no
   * @throws GateError when it gave no answer: it is to be asked again
   */
  ask(tree: Tree, how: AskOptions): Promise<void>
}

const advice = 'it is asked again after a pause; look at what it waits for'

/** EX_TEMPFAIL of sysexits.h: "the user is invited to retry". */
const notYet = 75

export function gateCommand(options: GateCommandOptions): GateCommand {
  const { program, clock, log } = options
  return {
    async ask({ commit, path }, { previous, stop }) {
      const startedMs = clock.monotonicMs()
      const what = `Cannot publish commit ${commit}: --gate-command ${program}`
      const told = { commit, previous, tree: path }
      const { finished, said } = await runInTree(options, told, { stop, endsGroup: true }).catch(
        (cause: unknown): Ran => {
          if (cause instanceof CommandError) throw new GateError(cause.message, { cause, advice })
          throw cause
        },
      )
      const ms = Math.round(clock.monotonicMs() - startedMs)
      const { code, ended } = finished
      if (ended !== 'by-itself' || code === null || code === notYet) {
        const how =
          code === notYet ? `has no answer yet (exit code ${notYet})` : howItEnded(finished)
        throw new GateError(`${what} ${how}`, { advice })
      }
      if (code === 0) {
        log.info('ran the gate', { commit, ms, ...said })
        return
      }
      const words = howItEnded(finished).replace(/^failed( with exit code \d+)?/, '')
      throw new RefusedCommitError(
        `${what} refused it with exit code ${code}${words}; push another commit, or restart git-sync to ask again`,
        { commit, by: 'gate', said: { ms, ...said } },
      )
    },
  }
}
