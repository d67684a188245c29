import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { removeBrokenRefs } from '#git-sync/git/broken-refs.ts'
import { isSound, tellsOfCorruption } from '#git-sync/git/corruption.ts'
import type { Git } from '#git-sync/git/git.ts'
import { removeOrphanedLocks } from '#git-sync/git/locks.ts'
import { type Commit, currentRef, objectFormatOf } from '#git-sync/git/refs.ts'
import { openRepository, prepareRepository, quarantine } from '#git-sync/git/repository.ts'
import { type Placed, PlaceTakenError, type Publisher } from '#git-sync/publish/publish.ts'
import type { Remote } from '#git-sync/remote/remote.ts'
import { fetchRef } from '#git-sync/tree/fetch.ts'
import type { Layout } from '#git-sync/tree/layout.ts'
import { discard, materialise } from '#git-sync/tree/materialise.ts'
import { hasCommittedFiles, namedTree, type Served, servedTree } from '#git-sync/tree/served.ts'
import type { SparseOptions } from '#git-sync/tree/sparse.ts'
import type { SubmoduleOptions } from '#git-sync/tree/submodules.ts'
import { retire } from '#git-sync/tree/sweep.ts'
import type { Clock } from '#kit/clock.ts'
import { type Log, reasonOf } from '#kit/log.ts'
import { isOfThisBoot, recordBoot } from './boot.ts'
import type { Stages } from './pass.ts'

export interface StagesOptions extends SparseOptions, SubmoduleOptions {
  readonly layout: Layout
  readonly link: string
  readonly ref: string
  readonly url: string
  readonly depth: number
  readonly publisher: Publisher
  readonly log: Log
  readonly clock: Clock
  readonly bootIdFile: string
  readonly prePublish: Stages['prePublish']
  readonly notify: Stages['notify']
  /** Ends what the quiet time does to the repository: objects just fetched must not be pruned. */
  readonly endQuiet: () => Promise<void>
}

/** What the repository in the root holds. Read once, then kept in step by what we do to it. */
export interface Holding {
  lastPublished: Commit | null
  /** The history that was asked for when it was fetched, or null when nobody knows. */
  depth: number | null
  /** False when the machine may have lost power after the served files were written. */
  isTrusted: boolean
}

/** Opens the repository, if there is one. One that is broken moves: nothing else may work on it. */
export async function openHolding(
  git: Git,
  options: Pick<StagesOptions, 'layout' | 'log' | 'bootIdFile' | 'endQuiet'>,
): Promise<Holding> {
  const { layout, log, endQuiet } = options
  await endQuiet()
  const lastPublished = await openRepository(git, log)
  const depth = Number(await readFile(depthFile(layout), 'utf8').catch(() => 'NaN'))
  // What we published and did not record has lost its record; another program's root has none.
  const isTrusted = (await isOfThisBoot(options)) ?? lastPublished === null
  if (!isTrusted) log.info('another start of the machine, or another one: reading the served files')
  return { lastPublished, depth: Number.isNaN(depth) ? null : depth, isTrusted }
}

/** The stages of one pass, with the git and the remote of that pass. */
export function stagesOf(
  options: StagesOptions,
  {
    git,
    remote,
    holding,
  }: { readonly git: Git; readonly remote: Remote; readonly holding: Holding },
): Stages {
  const { layout, link, publisher, log } = options
  let served: Served | null = null
  return {
    async current() {
      served = await servedTree(layout, link)
      if (served === null || holding.isTrusted) return served
      holding.isTrusted = await hasCommittedFiles(git, served)
      if (holding.isTrusted) await recordBoot(options)
      else served = null
      return served
    },
    resolve: () => remote.tip(options.ref),
    holds: async (tip) => tip.commit === holding.lastPublished && holding.depth === options.depth,
    lastPublished: () =>
      holding.lastPublished === null ? null : { commit: holding.lastPublished },
    async fetch(tip) {
      await options.endQuiet()
      const format = objectFormatOf(tip.commit)
      if (await prepareRepository(git, { format, log })) Object.assign(holding, nothingHeld)
      const fetched = await fetchRef(tip.ref, { ...options, git })
      if (fetched.commit === served?.commit && holding.lastPublished !== served.commit) {
        await record(git, { commit: served.commit, holding, log })
      }
      if (fetched.commit === holding.lastPublished) await recordDepth(options, holding)
      return fetched
    },
    async mend(error) {
      if (error instanceof PlaceTakenError) return false
      await options.endQuiet()
      if (!tellsOfCorruption(error)) {
        if (git.alone && (await removeRemains(layout.root, log))) return true
        if (await isSound(git)) return false
      }
      await quarantine(layout.root, { log, why: 'git finds it broken' })
      Object.assign(holding, await openHolding(git, options))
      return true
    },
    async materialise(fetched) {
      // First: what is done after a failure of the next lines would break what the quiet time does.
      await options.endQuiet()
      await publisher.check()
      return materialise(fetched.commit, { ...options, git })
    },
    async place(tree) {
      try {
        // Before the flip: a crash between them leaves what is served intact, and its objects too.
        await record(git, { commit: tree.commit, holding, log })
        return await publisher.place(tree)
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

/** Before the flip: whoever is killed after it leaves the old tree its grace. */
async function retireServed(next: Placed, { layout, link, clock }: StagesOptions): Promise<void> {
  const before = await namedTree(layout, link)
  if (before === null || before.commit === next.commit) return
  await retire(before.tree, clock.nowMs())
}

const nothingHeld: Holding = { lastPublished: null, depth: null, isTrusted: true }

interface RecordOptions {
  readonly commit: Commit
  readonly holding: Holding
  readonly log: Log
}

async function record(git: Git, { commit, holding, log }: RecordOptions): Promise<void> {
  const update = () => git.run('Cannot record the commit', ['update-ref', currentRef, commit])
  await update().catch(async (error: unknown) => {
    if (!(git.alone && (await removeRemains(git.root, log)))) throw error
    await update()
  })
  holding.lastPublished = commit
}

/**
 * Removes what a killed git or a lost power left in the repository; true when there was something.
 * Only to be called by the only writer, while no git runs.
 */
export async function removeRemains(root: string, log: Log): Promise<boolean> {
  const remains = [...(await removeOrphanedLocks(root)), ...(await removeBrokenRefs(root))]
  if (remains.length > 0) log.warn('removed what a killed git left', { remains })
  return remains.length > 0
}

/** A root that another program made has trees but no record of ours: its served commit is held. */
export async function adoptServed(
  git: Git,
  { layout, link, holding, log }: { layout: Layout; link: string; holding: Holding; log: Log },
): Promise<void> {
  const served = await servedTree(layout, link)
  if (served === null || holding.lastPublished === served.commit) return
  try {
    await record(git, { commit: served.commit, holding, log })
  } catch (error) {
    log.debug(1, 'the served commit is not in the repository', { error: reasonOf(error) })
  }
}

function depthFile(layout: Layout): string {
  return join(layout.gitDir, 'sync-depth')
}

async function recordDepth(options: StagesOptions, holding: Holding): Promise<void> {
  const { layout, depth } = options
  await recordBoot(options)
  if (holding.depth === depth) return
  await writeFile(depthFile(layout), `${depth}\n`)
  holding.depth = depth
}
