import { lstat, rename, rm, utimes } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Git } from '#git-sync/git/git.ts'
import type { Clock } from '#kit/clock.ts'
import { namesIn, sweepTemporary } from '#kit/files.ts'
import { commitOfTree, type Layout } from './layout.ts'
import { leavingName, recordPlace } from './materialise.ts'
import { adminOf } from './served.ts'

export interface SweepOptions {
  readonly layout: Layout
  readonly clock: Clock
  /** The tree that is served: never touched. */
  readonly served: string
  readonly link: string
  /** How long a tree stays after another took its place, for readers that hold it open. */
  readonly graceMs: number
  /** Ends the sweep between two trees. */
  readonly stop: AbortSignal
}

/** Another instance may publish its link in the same folder as ours, just now. */
const sharedFolderGraceMs = 60_000

/** Starts the grace of a tree that is served no more: its folder's time says since when. */
export async function retire(tree: string, nowMs: number): Promise<void> {
  // It may have been removed by somebody: then there is nothing to keep.
  await utimes(tree, nowMs / 1000, nowMs / 1000).catch(() => {})
}

export interface Swept {
  readonly removedTrees: number
  /** When the next tree's grace ends, or null: nothing is left to remove. */
  readonly nextInMs: number | null
}

/** Removes the trees whose grace is over and all left-overs. What is served is never touched. */
export async function sweepTrees(options: SweepOptions): Promise<Swept> {
  const { layout, clock, served, link, graceMs, stop } = options
  const nowMs = clock.nowMs()
  await sweepTemporary(layout.trees, { nowMs, olderThanMs: 0 })
  await sweepTemporary(dirname(link), { nowMs, olderThanMs: sharedFolderGraceMs })
  let removedTrees = 0
  let nextInMs: number | null = null
  for (const name of await namesIn(layout.trees)) {
    const path = join(layout.trees, name)
    if (path === served || stop.aborted) continue
    const ageMs = clock.nowMs() - (await changedAt(path))
    const leftMs = commitOfTree(layout, path) === null ? 0 : graceMs - ageMs
    // A clock that was set back must not keep a tree for ever.
    if (leftMs > 0 && ageMs >= 0) {
      nextInMs = Math.min(leftMs, nextInMs ?? leftMs)
      continue
    }
    await removeTree(path)
    removedTrees++
  }
  return { removedTrees, nextInMs }
}

/** Away from its name first: a path through an old hash is that commit or absent, never a part. */
async function removeTree(path: string): Promise<void> {
  const leaving = leavingName(path)
  await rename(path, leaving)
  await rm(leaving, { recursive: true, force: true })
}

async function changedAt(path: string): Promise<number> {
  return lstat(path).then(
    (found) => found.mtimeMs,
    () => 0,
  )
}

/** Forgets removed trees and, as `--git-gc` says, drops the objects that only they used. */
export async function sweepRepository(options: {
  readonly git: Git
  readonly layout: Layout
  readonly gc: string
}): Promise<void> {
  const { git, layout, gc } = options
  await recordPlaces(layout)
  await git.run('Cannot prune trees', ['worktree', 'prune', '--expire=now'])
  if (gc === 'off') return
  await git.run('Cannot expire the reflog', [
    'reflog',
    'expire',
    '--expire=now',
    '--expire-unreachable=now',
    '--all',
  ])
  const how = { auto: ['--auto'], aggressive: ['--aggressive'], always: [] }[gc] ?? []
  await git.run('Cannot clean the repository', ['gc', '--quiet', '--prune=now', ...how])
}

/** Who was killed between a tree's rename and its record left git believing that it is gone. */
async function recordPlaces(layout: Layout): Promise<void> {
  for (const name of await namesIn(layout.trees)) {
    const tree = join(layout.trees, name)
    const admin = await adminOf(tree)
    if (admin !== null && dirname(admin) === layout.adminDir) await recordPlace(tree, admin)
  }
}
