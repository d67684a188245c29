import type { Gate } from '#git-sync/gate/gate.ts'
import { GateError } from '#git-sync/gate/gate-error.ts'
import { isSound, tellsOfCorruption } from '#git-sync/git/corruption.ts'
import { tellsOfFullVolume } from '#git-sync/git/full-volume.ts'
import type { Git } from '#git-sync/git/git.ts'
import { recordOrigin } from '#git-sync/git/origin.ts'
import { type Commit, isFullHash, objectFormatOf } from '#git-sync/git/refs.ts'
import { removeRemains } from '#git-sync/git/remains.ts'
import { looksLikeRepository, prepareRepository, quarantine } from '#git-sync/git/repository.ts'
import { type Placed, PlaceTakenError, type Publisher } from '#git-sync/publish/publish.ts'
import type { Remote } from '#git-sync/remote/remote.ts'
import { fetchRef } from '#git-sync/tree/fetch.ts'
import { discard, materialise, type Tree } from '#git-sync/tree/materialise.ts'
import { changedOptions, type Recipe, readRecipe, recordRecipe } from '#git-sync/tree/recipe.ts'
import { RefusedCommitError } from '#git-sync/tree/refusal.ts'
import {
  hasCommittedFiles,
  namedTree,
  type Served,
  servedTree,
  type Whole,
} from '#git-sync/tree/served.ts'
import { hasCommittedSubmodules } from '#git-sync/tree/served-submodules.ts'
import type { Spare } from '#git-sync/tree/spare.ts'
import type { SubmoduleOptions } from '#git-sync/tree/submodules.ts'
import { retire } from '#git-sync/tree/sweep.ts'
import type { Clock } from '#kit/clock.ts'
import type { Log } from '#kit/log.ts'
import { recordBoot } from './boot.ts'
import {
  type Holding,
  type HoldingOptions,
  nothingHeld,
  openHolding,
  recordCommit,
  recordDepth,
} from './holding.ts'
import type { Stages } from './pass.ts'

export interface StagesOptions extends HoldingOptions, SubmoduleOptions {
  readonly ref: string
  readonly filter: string
  readonly gate: Pick<Gate, 'recall' | 'verify' | 'agree'>
  readonly publisher: Publisher
  readonly spare: Pick<Spare, 'take' | 'giveUp'>
  readonly clock: Clock
  /** Ends what the quiet time does that would break what this pass does, or be broken by it. */
  readonly giveWay: () => Promise<void>
  readonly prePublish: Stages['prePublish']
  readonly notify: Stages['notify']
}

/** The stages of one pass, with the git and the remote of that pass. */
export function stagesOf(
  options: StagesOptions,
  {
    git,
    remote,
    holding,
    stop,
  }: {
    readonly git: Git
    readonly remote: Remote
    readonly holding: Holding
    readonly stop: AbortSignal
  },
): Stages {
  const { layout, pointer, gate, publisher, log } = options
  let served: Served | null = null
  let isRemade = false
  let read: Recipe | null = null
  const recipeOfPass = async (): Promise<Recipe> => {
    read ??= await readRecipe(options)
    return read
  }
  const newTree = async (commit: Commit): Promise<Tree> => {
    const recipe = await recipeOfPass()
    const tree = await materialise(commit, { ...options, ...recipe, git })
    await recordRecipe(tree.admin, recipe)
    return tree
  }
  return {
    async current() {
      const wanted = await recipeOfPass()
      const found = await servedTree(layout, pointer)
      if (found === null || !looksLikeRepository(layout.gitDir)) return null
      isRemade = !(await isMadeBy(wanted, found, log))
      if (isRemade) return null
      if (!holding.isTrusted) {
        holding.isTrusted =
          (await hasCommittedFiles(git, found)) && (await hasCommittedSubmodules(git, found))
        if (!holding.isTrusted) return null
        await recordBoot(options)
      }
      if (!(await publisher.stands(found))) return null
      served = found
      return served
    },
    async resolve() {
      const tip = await remote.tip(options.ref)
      const { peeled } = holding
      return tip.commit === peeled?.hash ? { ...tip, commit: peeled.commit } : tip
    },
    holds: async (tip) => tip.commit === holding.lastPublished && holding.depth === options.depth,
    lastPublished: () =>
      holding.lastPublished === null ? null : { commit: holding.lastPublished },
    async fetch(tip) {
      gate.recall(tip.commit, tip.ref)
      await options.giveWay()
      const format = objectFormatOf(tip.commit)
      if (await prepareRepository(git, { format, log })) {
        Object.assign(holding, nothingHeld)
        await recordOrigin(git, options)
      }
      const fetched = await fetchRef(tip.ref, { ...options, git })
      if (isFullHash(tip.ref)) holding.peeled = { hash: tip.ref, commit: fetched.commit }
      if (fetched.commit === served?.commit && holding.lastPublished !== served.commit) {
        await recordCommit(git, served.commit, { holding, log })
      }
      if (fetched.commit === holding.lastPublished) await recordDepth(options, holding)
      return fetched
    },
    async mend(error) {
      if (ofNoRepository.some((kind) => error instanceof kind)) return false
      await options.endQuiet()
      if (tellsOfFullVolume(error) && (await options.spare.giveUp())) return true
      if (!tellsOfCorruption(error)) {
        if (git.alone && (await removeRemains(layout.root, log))) return true
        if (await isSound(git)) return false
      }
      await quarantine(layout.root, { log, why: 'git finds it broken' })
      Object.assign(holding, await openHolding(git, options))
      return true
    },
    verify: (fetched) => gate.verify(fetched, { git, stop }),
    async materialise(fetched) {
      gate.recall(fetched.commit, options.ref)
      // First: what is done after a failure of the next lines would break what the quiet time does.
      await options.giveWay()
      await publisher.check()
      const recipe = await recipeOfPass()
      const spare = await options.spare.take(fetched.commit, { git, served, recipe })
      return spare ?? newTree(fetched.commit)
    },
    gate(tree) {
      const rebuild = (): Promise<Tree> => newTree(tree.commit)
      return gate.agree(tree, { git, previous: served?.commit ?? null, stop, rebuild })
    },
    async place(tree) {
      try {
        // Before the flip: a crash between them leaves what is served intact, and its objects too.
        await recordCommit(git, tree.commit, { holding, log })
        return { ...(await publisher.place(tree)), isRemade }
      } catch (error) {
        await discard(tree.path, layout)
        throw error
      }
    },
    prePublish: options.prePublish,
    async publish(placed) {
      await retireServed(placed, options)
      const published = await publisher.publish(placed)
      holding.isTrusted = true
      await recordDepth(options, holding)
      return published
    },
    notify: options.notify,
  }
}

/** Failures that say nothing of the repository. */
const ofNoRepository = [PlaceTakenError, RefusedCommitError, GateError] as const

/** False when the options say another tree now, so that it must be built again. */
async function isMadeBy(recipe: Recipe, { commit, admin }: Whole, log: Log): Promise<boolean> {
  const changed = await changedOptions(admin, recipe)
  if (changed.length > 0) log.info('building the tree again: options changed', { commit, changed })
  return changed.length === 0
}

/** Before the flip: whoever is killed after it leaves the old tree its grace. */
async function retireServed(next: Placed, options: StagesOptions): Promise<void> {
  const { layout, pointer, clock } = options
  const before = await namedTree(layout, pointer)
  if (before === null || before.tree === next.tree) return
  await retire(before.tree, clock.nowMs())
}
