import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { dropForeignRefs } from '#git-sync/git/foreign-refs.ts'
import type { Git } from '#git-sync/git/git.ts'
import { recordOrigin } from '#git-sync/git/origin.ts'
import { type Commit, currentRef } from '#git-sync/git/refs.ts'
import { removeRemains } from '#git-sync/git/remains.ts'
import { openRepository } from '#git-sync/git/repository.ts'
import type { Layout } from '#git-sync/tree/layout.ts'
import { followUrl } from '#git-sync/tree/promisor.ts'
import { type RecipeOptions, readRecipe, recordRecipe } from '#git-sync/tree/recipe.ts'
import { wholeTree } from '#git-sync/tree/served.ts'
import { type Log, reasonOf } from '#kit/log.ts'
import { isOfThisBoot, recordBoot } from './boot.ts'

export interface HoldingOptions extends RecipeOptions {
  readonly layout: Layout
  readonly pointer: string
  readonly url: string
  readonly depth: number
  readonly log: Log
  readonly bootIdFile: string
  /** Ends all that the quiet time does to the repository: the repository itself may go. */
  readonly endQuiet: () => Promise<void>
}

/** What the repository in the root holds. Read once, then kept in step by what we do to it. */
export interface Holding {
  lastPublished: Commit | null
  /** The history that was asked for when it was fetched, or null when nobody knows. */
  depth: number | null
  /** False when the machine may have lost power after the served files were written. */
  isTrusted: boolean
  /** When --ref is the hash of a tag: the commit that fetch found in it. */
  peeled: { readonly hash: string; readonly commit: Commit } | null
}

/** Of a repository that was just made. */
export const nothingHeld: Holding = {
  lastPublished: null,
  depth: null,
  isTrusted: true,
  peeled: null,
}

/** Opens the repository, if there is one. One that is broken moves: nothing else may work on it. */
export async function openHolding(git: Git, options: HoldingOptions): Promise<Holding> {
  const { layout, log, endQuiet } = options
  await endQuiet()
  const lastPublished = await openRepository(git, log)
  const depth = Number(await readFile(depthFile(layout), 'utf8').catch(() => 'NaN'))
  // What we published and did not record has lost its record; another program's root has none.
  const isTrusted = (await isOfThisBoot(options)) ?? lastPublished === null
  if (!isTrusted) log.info('another start of the machine, or another one: reading the served files')
  const holding: Holding = {
    lastPublished,
    depth: Number.isNaN(depth) ? null : depth,
    isTrusted,
    peeled: null,
  }
  await followUrl(git, options)
  await recordOrigin(git, options)
  await adopt(git, holding, options)
  return holding
}

/** A root that another program made has trees but no record of ours: its served commit is held. */
async function adopt(git: Git, holding: Holding, options: HoldingOptions): Promise<void> {
  const { layout, pointer, log } = options
  const whole = await wholeTree(layout, pointer)
  if (whole === null) return
  await recordRecipe(whole.admin, await readRecipe(options), { unlessThere: true })
  if (holding.lastPublished === whole.commit) return
  const isOfAnother = holding.lastPublished === null
  try {
    await recordCommit(git, whole.commit, { holding, log })
    if (isOfAnother && git.alone) await dropForeignRefs(git)
  } catch (error) {
    log.debug(1, 'cannot take over all of the repository', { error: reasonOf(error) })
  }
}

/** Holds a commit's objects. */
export async function recordCommit(
  git: Git,
  commit: Commit,
  { holding, log }: { readonly holding: Holding; readonly log: Log },
): Promise<void> {
  const update = () => git.run('Cannot record the commit', ['update-ref', currentRef, commit])
  await update().catch(async (error: unknown) => {
    if (!(git.alone && (await removeRemains(git.root, log)))) throw error
    await update()
  })
  holding.lastPublished = commit
}

/** Notes under which start of the machine the files were written, and with how much history. */
export async function recordDepth(options: HoldingOptions, holding: Holding): Promise<void> {
  const { layout, depth } = options
  await recordBoot(options)
  if (holding.depth === depth) return
  // Without it the next start fetches again: a full volume fails no pass whose tree is served.
  const file = depthFile(layout)
  await writeFile(file, `${depth}\n`).catch(() => rm(file, { force: true }).catch(() => {}))
  holding.depth = depth
}

function depthFile(layout: Layout): string {
  return join(layout.gitDir, 'sync-depth')
}
