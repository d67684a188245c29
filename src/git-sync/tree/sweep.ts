import { lstat, readFile, rename, rm, utimes } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Git } from '#git-sync/git/git.ts'
import type { Clock } from '#kit/clock.ts'
import { codeOf, isTemporary, namesIn, sweepTemporary, temporaryBeside } from '#kit/files.ts'
import { reasonOf } from '#kit/log.ts'
import { collectGarbage } from './garbage.ts'
import { commitOfTree, type Layout } from './layout.ts'
import { discard, recordPlace } from './materialise.ts'
import { removeAll } from './remove-all.ts'
import { removeUnfinishedRepack } from './repack.ts'
import { adminOf } from './served.ts'
import type { Spare } from './spare.ts'
import { cleanStores, sweepStores, sweepUnfinishedStores } from './sweep-submodules.ts'
import { untilAborted } from './until-aborted.ts'

export interface SweepOptions {
  readonly layout: Layout
  readonly clock: Clock
  /** The tree that is served: never touched. */
  readonly served: string
  readonly link: string
  /** How long a tree stays after another took its place, for readers that hold it open. */
  readonly graceMs: number
  /** How many stay beyond that: those that were served last. */
  readonly keep: number
  /** Ends the sweep at once: what it began to remove has a name that nobody reads. */
  readonly stop: AbortSignal
  /** True for a tree that must stay although its grace is over. */
  readonly isInUse: (tree: string) => boolean
  /** What a tree becomes whose grace is over, when it is wanted. */
  readonly spare: Pick<Spare, 'holds' | 'retire'>
  /** Called before a tree leaves its name for good. */
  readonly noteDue: () => Promise<void>
}

/** How often a tree in use is asked for again. */
const useIsLookedAtMs = 1000

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
  /** Of each tree that cannot be removed: why, and what to do. */
  readonly complaints: readonly string[]
}

/** Removes the trees whose grace is over and all left-overs. What is served is never touched. */
export async function sweepTrees(options: SweepOptions): Promise<Swept> {
  const { layout, clock, served, link, stop, isInUse, spare } = options
  await sweepTemporary(dirname(link), { nowMs: clock.nowMs(), olderThanMs: sharedFolderGraceMs })
  const complaints: string[] = []
  let removedTrees = 0
  let nextInMs: number | null = null
  const paths = [...(await pathsIn(layout.trees)), ...(await earlierTrees(layout))]
  const kept = await newestTrees(paths, options)
  for (const path of paths) {
    if (path === served || spare.holds(path) || kept.has(path) || stop.aborted) continue
    const leftMs = isInUse(path) ? useIsLookedAtMs : await graceLeftMs(path, options)
    if (leftMs > 0) {
      nextInMs = Math.min(leftMs, nextInMs ?? leftMs)
      continue
    }
    try {
      if (await spare.retire(path)) continue
      await removeTree(path, options)
      removedTrees++
    } catch (error) {
      complaints.push(`Cannot remove a tree: ${reasonOf(error)}; ${stuckAdvice}`)
    }
  }
  return { removedTrees, nextInMs, complaints }
}

/** The trees to keep, under their names: their private folders keep their objects, too. */
async function newestTrees(
  paths: readonly string[],
  { layout, served, keep, spare }: SweepOptions,
): Promise<ReadonlySet<string>> {
  if (keep === 0) return new Set()
  const found: { readonly path: string; readonly retiredMs: number }[] = []
  for (const path of paths) {
    if (path === served || spare.holds(path) || commitOfTree(layout, path) === null) continue
    const admin = await adminOf(path)
    if (admin === null || dirname(admin) !== layout.adminDir) continue
    found.push({ path, retiredMs: (await lstat(path)).mtimeMs })
  }
  found.sort((a, b) => b.retiredMs - a.retiredMs)
  return new Set(found.slice(0, keep).map(({ path }) => path))
}

/** The trees of this repository that an earlier program has in the root itself. */
async function earlierTrees(layout: Layout): Promise<readonly string[]> {
  const found: string[] = []
  for (const path of await pathsIn(layout.root)) {
    const admin = commitOfTree(layout, path) === null ? null : await adminOf(path)
    if (admin !== null && dirname(admin) === layout.adminDir) found.push(path)
  }
  return found
}

async function pathsIn(folder: string): Promise<readonly string[]> {
  return (await namesIn(folder)).map((name) => join(folder, name))
}

/**
 * Removes the trees that a killed process was building, and those that it kept for later unless
 * somebody adopts them: nobody has seen them, and they fill disks.
 */
export async function sweepUnfinished(
  layout: Layout,
  adopts: (tree: string) => Promise<boolean>,
): Promise<void> {
  for (const name of await namesIn(layout.trees)) {
    const tree = join(layout.trees, name)
    if (layout.isNewTree(name) && !(await adopts(tree))) await discard(tree, layout)
  }
  await removeUnfinishedRepack(layout.gitDir)
  await sweepUnfinishedStores(layout)
}

/** Of a tree that was served, also of one that a better tree of its commit took the name from. */
async function graceLeftMs(path: string, options: SweepOptions): Promise<number> {
  const { layout, clock, graceMs } = options
  const found = await lstat(path).catch(() => null)
  if (found === null) return 0
  if (commitOfTree(layout, path) === null && !isTemporary(path)) return 0
  // The rename that took its name set the time of its inode.
  const ageMs = clock.nowMs() - (isTemporary(path) ? found.ctimeMs : found.mtimeMs)
  // A clock that was set back must not keep a tree for ever.
  return ageMs < 0 ? 0 : Math.max(0, graceMs - ageMs)
}

const stuckAdvice = 'remove it as the user who wrote into it'

/** Away from its name first: a path through an old hash is that commit or absent, never a part. */
async function removeTree(path: string, { layout, stop, noteDue }: SweepOptions): Promise<void> {
  // What left its name before keeps the one it has: a new one would begin its grace again.
  const leaving = isTemporary(path) ? path : temporaryBeside(path)
  if (leaving !== path) {
    await noteDue()
    const admin = await adminOf(path)
    await rename(path, leaving)
    // Whoever wrote another one into the tree does not make us remove that.
    if (admin !== null && dirname(admin) === layout.adminDir && (await treeOf(admin)) === path) {
      await rm(admin, { recursive: true, force: true })
    }
  }
  await untilAborted(removeAll(leaving), stop)
}

/** Forgets the trees that are gone, and the submodules that were in them. */
export async function forgetTrees({
  git,
  layout,
}: {
  readonly git: Git
  readonly layout: Layout
}): Promise<void> {
  const { hasOthers } = await recordPlaces(layout)
  if (hasOthers) await git.run('Cannot prune trees', ['worktree', 'prune', '--expire=now'])
  await sweepStores(layout)
}

/** Drops, as `--git-gc` says, the objects that nothing names any more. */
export async function sweepObjects({
  git,
  layout,
  gc,
}: {
  readonly git: Git
  readonly layout: Layout
  readonly gc: string
}): Promise<void> {
  if (gc === 'off') return
  await git.run('Cannot expire the reflog', [
    'reflog',
    'expire',
    '--expire=now',
    '--expire-unreachable=now',
    '--all',
  ])
  await collectGarbage(git, { gitDir: layout.gitDir, gc })
  await cleanStores(git, { layout, gc })
}

/**
 * Makes git's private folders agree with the trees. Who was killed between a tree's rename and its
 * record left git believing that it is gone. And of two folders that name one tree, as they do
 * after a better tree took its name, prune would remove either. Tells whether there are private
 * folders of trees that stand elsewhere.
 */
async function recordPlaces(layout: Layout): Promise<{ readonly hasOthers: boolean }> {
  const used = new Set<string>()
  for (const name of await namesIn(layout.trees)) {
    const tree = join(layout.trees, name)
    const admin = await adminOf(tree)
    if (admin === null || dirname(admin) !== layout.adminDir) continue
    used.add(admin)
    await recordPlace(tree, admin).catch(ignoreMissing)
  }
  let hasOthers = false
  for (const name of await namesIn(layout.adminDir)) {
    const admin = join(layout.adminDir, name)
    if (used.has(admin)) continue
    if (dirname(await treeOf(admin)) === layout.trees) {
      await rm(admin, { recursive: true, force: true })
    } else hasOthers = true
  }
  return { hasOthers }
}

/** The tree that a private folder says it is for; empty when it does not say. */
async function treeOf(admin: string): Promise<string> {
  const gitdir = await readFile(join(admin, 'gitdir'), 'utf8').catch(() => '')
  return gitdir === '' ? '' : dirname(gitdir.trim())
}

/** A tree whose private folder is gone is damaged: the next pass builds it again. */
function ignoreMissing(error: unknown): void {
  if (codeOf(error) !== 'ENOENT') throw error
}
