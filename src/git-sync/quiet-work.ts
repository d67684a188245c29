import { rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Git } from '#git-sync/git/git.ts'
import type { Publisher } from '#git-sync/publish/publish.ts'
import { servedTree } from '#git-sync/tree/served.ts'
import type { Spare } from '#git-sync/tree/spare.ts'
import { sweepRepository, sweepTrees } from '#git-sync/tree/sweep.ts'
import type { Clock } from '#kit/clock.ts'
import type { Log } from '#kit/log.ts'
import type { Places } from './places.ts'
import { createQuiet, type Quiet } from './quiet.ts'
import type { RootLock } from './root.ts'

export interface QuietWorkOptions extends Places {
  readonly git: Git
  readonly lock: RootLock
  readonly gitGc: string
  readonly oneTime: boolean
  readonly staleWorktreeTimeoutMs: number
  readonly spareGraceMs: number
  readonly spare: Spare
  readonly publisher: Pick<Publisher, 'holds'>
  /** True for a tree that somebody of ours works in. */
  readonly isInUse: (tree: string) => boolean
  readonly clock: Clock
  readonly log: Log
}

/** Readers may hold a tree's folders open for a moment after another took its place. */
export function graceOf({
  staleWorktreeTimeoutMs,
  oneTime,
  spareGraceMs,
}: Pick<QuietWorkOptions, 'staleWorktreeTimeoutMs' | 'oneTime' | 'spareGraceMs'>): number {
  return Math.max(staleWorktreeTimeoutMs, oneTime ? 0 : spareGraceMs)
}

/** What is done between passes: old trees go, then the objects that only they used. */
export function openQuiet(options: QuietWorkOptions): Quiet {
  const { layout, link, pointer, git, lock, gitGc, oneTime, clock, log } = options
  const { isInUse, spare, publisher } = options
  const graceMs = graceOf(options)
  // Stands from the first tree's end to the repository's turn: a restart must not forget that.
  const due = join(layout.gitDir, 'sync-gc-due')
  // A volume that is full has no room for it before the tree has gone.
  const noteDue = (): Promise<void> => writeFile(due, '').catch(() => {})
  // One-time mode waits for it.
  const patientGit = (stop: AbortSignal): Git =>
    git.with({ stop, lock: lock.descriptor, isPatient: !oneTime })

  return createQuiet({
    async sweepTrees(stop) {
      const served = await servedTree(layout, pointer)
      // Nothing whole is served: whatever stands there may be all there is.
      if (served === null) return { leftTrees: 0, nextInMs: null, complaints: [] }
      const swept = await sweepTrees({
        ...{ layout, link, served: served.tree, graceMs, isInUse },
        spare: {
          holds: (path) => spare.holds(path) || publisher.holds(path),
          retire: spare.retire,
        },
        ...{ clock, stop, noteDue },
      })
      if (swept.removedTrees > 0) await noteDue()
      if (stop.aborted) return { ...swept, leftTrees: swept.removedTrees }
      const mayBuild = swept.nextInMs === null
      const changed = await spare.prepare(served, { git: patientGit(stop), stop, mayBuild })
      if (changed) await noteDue()
      return { ...swept, leftTrees: swept.removedTrees + (changed ? 1 : 0) }
    },
    repositoryWasLeft: () =>
      stat(due).then(
        () => true,
        () => false,
      ),
    async sweepRepository(stop) {
      await sweepRepository({ git: patientGit(stop), layout, gc: gitGc })
      await rm(due, { force: true })
    },
    clock,
    log,
  })
}
