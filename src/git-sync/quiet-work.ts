import type { Git } from '#git-sync/git/git.ts'
import { servedTree } from '#git-sync/tree/served.ts'
import { sweepRepository, sweepTrees } from '#git-sync/tree/sweep.ts'
import type { Clock } from '#kit/clock.ts'
import type { Log } from '#kit/log.ts'
import type { Places } from './places.ts'
import { createQuiet, type Quiet } from './quiet.ts'

export interface QuietWorkOptions extends Places {
  readonly git: Git
  readonly gitGc: string
  readonly oneTime: boolean
  readonly staleWorktreeTimeoutMs: number
  readonly clock: Clock
  readonly log: Log
}

/** Readers may hold a tree's folders open for a moment after the link flips. */
const readersGraceMs = 5000

/** What is done between passes: old trees go, then the objects that only they used. */
export function openQuiet(options: QuietWorkOptions): Quiet {
  const { layout, link, git, gitGc, oneTime, staleWorktreeTimeoutMs, clock, log } = options
  const graceMs = Math.max(staleWorktreeTimeoutMs, oneTime ? 0 : readersGraceMs)
  return createQuiet({
    async sweepTrees(stop) {
      const served = await servedTree(layout, link)
      // Nothing whole is served: whatever stands there may be all there is.
      if (served === null) return { removedTrees: 0, nextInMs: null }
      return sweepTrees({ layout, link, served: served.tree, graceMs, clock, stop })
    },
    sweepRepository: (stop) => sweepRepository({ git: git.with({ stop }), layout, gc: gitGc }),
    clock,
    log,
  })
}
