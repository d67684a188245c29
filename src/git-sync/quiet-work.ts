import { statSync } from 'node:fs'
import { rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Git } from '#git-sync/git/git.ts'
import type { Publisher } from '#git-sync/publish/publish.ts'
import { createRepacking } from '#git-sync/tree/repacking.ts'
import { servedTree } from '#git-sync/tree/served.ts'
import type { Spare } from '#git-sync/tree/spare.ts'
import { forgetTrees, sweepObjects, sweepTrees } from '#git-sync/tree/sweep.ts'
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
  readonly keep: number
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
  const { layout, link, pointer, git, lock, gitGc, oneTime, keep, clock, log } = options
  const { isInUse, spare, publisher } = options
  const graceMs = graceOf(options)
  // Git itself cleans when it can have the repository for itself for as long as it likes, and where
  // git shall say whether there is much.
  const isGits = oneTime || gitGc === 'auto'
  const due = dueNote(layout.gitDir)
  let isServed = false
  let areTreesForgotten = false
  /** When somebody, often we, made or removed something among the trees. */
  let treesMs = 0
  // One-time mode waits for it.
  const gitUntil = (stop: AbortSignal): Git =>
    git.with({ stop, lock: lock.descriptor, isPatient: !oneTime })

  return createQuiet({
    async sweepTrees(stop) {
      treesMs = timeOf(layout.trees)
      const served = await servedTree(layout, pointer)
      isServed = served !== null
      // Nothing whole is served: whatever stands there may be all there is.
      if (served === null) return { nextInMs: null, complaints: [] }
      const noteDue = isGits ? due.write : async (): Promise<void> => {}
      const swept = await sweepTrees({
        ...{ layout, link, served: served.tree, graceMs, keep, isInUse },
        spare: {
          holds: (path) => spare.holds(path) || publisher.holds(path),
          retire: spare.retire,
        },
        ...{ clock, stop, noteDue },
      })
      const { nextInMs, removedTrees } = swept
      if (removedTrees > 0) {
        areTreesForgotten = false
        await noteDue()
      }
      if (stop.aborted) return swept
      const how = { git: gitUntil(stop), stop, mayBuild: nextInMs === null }
      const hasChanged = await spare.prepare(served, how)
      if (hasChanged) await noteDue()
      // Our own changes are no news.
      if (!stop.aborted) treesMs = timeOf(layout.trees)
      // A tree that could not be used again goes in the next round, and another one is built.
      return hasChanged ? { ...swept, nextInMs: nextInMs ?? 0 } : swept
    },
    async sweepRepository(stop) {
      if (!isServed) return
      const calm = gitUntil(stop)
      if (!areTreesForgotten) await forgetTrees({ git: calm, layout })
      areTreesForgotten = true
      if (!isGits || !(await due.isThere())) return
      await sweepObjects({ git: calm, layout, gc: gitGc })
      await due.remove()
    },
    hasNews: () => timeOf(layout.trees) !== treesMs,
    repacking: (gap, complain) =>
      isGits || gitGc === 'off'
        ? { tend() {}, async end() {} }
        : createRepacking({ gitUntil, layout, gap, isThorough: gitGc === 'aggressive', complain }),
    clock,
    log,
  })
}

/**
 * Stands from the first tree's end to the repository's turn: a restart must not forget that. A volume
 * that is full has no room for it before the tree has gone.
 */
function dueNote(gitDir: string) {
  const path = join(gitDir, 'sync-gc-due')
  return {
    write: (): Promise<void> => writeFile(path, '').catch(() => {}),
    isThere: (): Promise<boolean> =>
      stat(path).then(
        () => true,
        () => false,
      ),
    remove: (): Promise<void> => rm(path, { force: true }),
  }
}

/** 0 of what cannot be looked at. */
function timeOf(folder: string): number {
  try {
    return statSync(folder).mtimeMs
  } catch {
    return 0
  }
}
