import { rename } from 'node:fs/promises'
import { tellsOfFullVolume } from '#git-sync/git/full-volume.ts'
import type { Git } from '#git-sync/git/git.ts'
import { joinSettings } from '#git-sync/git/git-config.ts'
import type { Commit } from '#git-sync/git/refs.ts'
import { reasonOf } from '#kit/log.ts'
import { bringTree } from './bring.ts'
import { withoutWorkers } from './checkout-git.ts'
import {
  buildTree,
  discard,
  type MaterialiseOptions,
  recordPlace,
  type Tree,
} from './materialise.ts'
import {
  changedOptions,
  type Recipe,
  type RecipeOptions,
  readRecipe,
  recordRecipe,
} from './recipe.ts'
import { restoreTree } from './restore.ts'
import { leftTree, retiredTree } from './reusable.ts'
import type { Served, Whole } from './served.ts'
import { untilAborted } from './until-aborted.ts'

export interface SpareOptions extends RecipeOptions, Omit<MaterialiseOptions, 'patterns' | 'git'> {
  /** False: each commit gets a new tree. */
  readonly spareWorktree: boolean
  readonly oneTime: boolean
  /** A tree is on the disk before it is ready, when it is the tree that is served. */
  readonly fsync: boolean
  readonly publish: string
}

/**
 * A second tree of the served commit, which nobody sees: the next commit is brought to it by what
 * changed. At most one is held; all that is not held goes with the next sweep.
 */
export interface Spare {
  /**
   * Gives the spare, brought to the commit, when that is the same as a fresh tree of it; else null.
   * One that was taken is held no more, whatever became of it.
   */
  take(commit: Commit, how: TakeOptions): Promise<Tree | null>
  /** True for the folder that is held. */
  holds(path: string): boolean
  /** Holds a tree that has no readers any more and takes it away from its name; false: it does not. */
  retire(path: string): Promise<boolean>
  /** Holds a whole tree that an earlier process left; false: it does not, or it is none. */
  adopt(path: string): Promise<boolean>
  /** Makes what is held, or a new tree, one of the served commit; true when a tree changed. */
  prepare(served: Whole, how: PrepareOptions): Promise<boolean>
  /** Removes what is held, for there is no room, and wants none any more; false without one. */
  giveUp(): Promise<boolean>
}

export interface TakeOptions {
  readonly git: Git
  /** Null when that is damaged, or to be built again. */
  readonly served: Served | null
  readonly recipe: Recipe
}

export interface PrepareOptions {
  readonly git: Git
  readonly stop: AbortSignal
  /** False while a tree waits that will be held. */
  readonly mayBuild: boolean
}

export function createSpare(options: SpareOptions): Spare {
  const { layout, log } = options
  let isWanted = options.spareWorktree && !options.oneTime && !isShapedElsewhere(options)
  let held: Tree | null = null
  let isReady = false
  /** No second tree of it can be built, as far as we know. */
  let failedAt: Commit | null = null

  function hold(tree: Tree | null, { ready }: { readonly ready: boolean }): void {
    held = tree
    isReady = ready
    if (ready) log.debug(1, 'a second tree is ready', { commit: tree?.commit })
  }

  async function build(served: Whole, { git, stop }: PrepareOptions): Promise<void> {
    const { commit } = served
    if (commit === failedAt) return
    failedAt = commit
    const path = layout.newTree()
    try {
      const recipe = await readRecipe(options)
      // Of one processor: whatever runs beside is more urgent.
      const calm = withoutWorkers(git)
      const built = await buildTree(path, { ...options, ...recipe, git: calm, commit })
      await recordRecipe(built.admin, recipe)
      hold(await durable(built, stop), { ready: true })
      failedAt = null
    } catch (error) {
      // Called off, it is begun anew later, and nobody waits for the removal.
      if (stop.aborted) {
        failedAt = null
        return
      }
      await discard(path, layout)
      if (tellsOfFullVolume(error)) wantNoMore()
      else log.info('cannot make a second tree: not tried again', { commit, why: reasonOf(error) })
    }
  }

  async function makeReady(tree: Tree, served: Served, how: PrepareOptions): Promise<boolean> {
    const { git, stop } = how
    try {
      await demandRecipe(tree, await readRecipe(options))
      await restoreTree(tree, { layout, git, stop })
      const brought = await bringTree(tree, { ...options, git, commit: served.commit })
      hold(await durable(brought, stop), { ready: true })
      return true
    } catch (error) {
      // What was half done is done again in the next quiet time.
      if (stop.aborted) return false
      hold(null, { ready: false })
      log.debug(1, 'cannot use a tree again', { tree: tree.path, why: reasonOf(error) })
      await untilAborted(discard(tree.path, layout), stop)
      return true
    }
  }

  /** Of it the next publication then waits only for what changes. */
  async function durable(tree: Tree, stop: AbortSignal): Promise<Tree> {
    if (options.fsync && options.publish === 'link') {
      const { makeTreeDurable } = await import('./durable.ts')
      await makeTreeDurable(tree, stop)
    }
    return tree
  }

  function wantNoMore(): void {
    log.warn('the volume has no room for a second tree: each commit gets a new one from now on')
    isWanted = false
  }

  async function giveUp(): Promise<boolean> {
    if (!isWanted || held === null) return false
    const { path } = held
    wantNoMore()
    hold(null, { ready: false })
    await discard(path, layout)
    return true
  }

  return {
    async take(commit, { git, served, recipe }) {
      // Any other may be made ready later.
      if (!isReady || held === null || held.commit !== served?.commit) return null
      const tree = held
      hold(null, { ready: false })
      try {
        await demandRecipe(tree, recipe)
        const brought = await bringTree(tree, { ...options, git, commit })
        log.debug(1, 'brought the second tree to the commit', { commit })
        return brought
      } catch (error) {
        // Half of this commit: it is made again what it was when there is time.
        hold(tree, { ready: false })
        log.debug(1, 'building a new tree', { commit, why: reasonOf(error) })
        return null
      }
    },
    holds: (path) => path === held?.path,
    async retire(path) {
      if (!isWanted || held !== null) return false
      const tree = await retiredTree(path, layout)
      if (tree === null) return false
      await rename(path, tree.path)
      hold(tree, { ready: false })
      await recordPlace(tree.path, tree.admin)
      return true
    },
    async adopt(path) {
      if (!isWanted || held !== null) return false
      const tree = await leftTree(path, layout)
      if (tree === null) return false
      await recordPlace(tree.path, tree.admin)
      hold(tree, { ready: false })
      return true
    },
    async prepare(served, how) {
      if (!isWanted || (isReady && held?.commit === served.commit)) return false
      const changed = held !== null && (await makeReady(held, served, how))
      if (held === null && how.mayBuild && !how.stop.aborted) await build(served, how)
      return changed
    },
    giveUp,
  }
}

/** Programs and files of attributes may mean something else for the next commit: files of both are. */
function isShapedElsewhere({ gitConfig, gitConfigAdd }: RecipeOptions): boolean {
  const settings = joinSettings([gitConfig, ...gitConfigAdd])
  return settings.some(([key]) => /^(filter\.|core\.attributesfile$)/i.test(key))
}

async function demandRecipe({ admin }: Tree, recipe: Recipe): Promise<void> {
  const changed = await changedOptions(admin, recipe)
  if (changed.length > 0) throw new Error(`${changed.join(' and ')} changed`)
}
