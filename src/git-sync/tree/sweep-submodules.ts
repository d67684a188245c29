import { rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Git } from '#git-sync/git/git.ts'
import { removeUnfinishedPacksOf } from '#git-sync/git/unfinished.ts'
import { isTemporary, namesIn, temporaryBeside } from '#kit/files.ts'
import { collectGarbage } from './garbage.ts'
import type { Layout } from './layout.ts'
import { removeUnfinishedRepack } from './repack.ts'
import { garbageFile, isGivenUp, noteGarbage, storesIn, treesOf } from './submodule-stores.ts'

/**
 * Forgets the submodules of trees whose private folder is gone, and removes the stores that no tree
 * uses. Only to be called while no tree is built.
 */
export async function sweepStores(layout: Layout): Promise<void> {
  await removeHalfMade(layout)
  const owners = new Set(await namesIn(layout.adminDir))
  for (const store of await storesIn(layout)) {
    const trees = await treesOf(store)
    const used = trees.filter(({ owner }) => owners.has(owner))
    if (used.length === 0) {
      await removeStore(store)
      continue
    }
    const held = new Set(used.map(({ commit }) => commit))
    const gone = trees.filter((tree) => !used.includes(tree))
    if (gone.some(({ commit }) => !held.has(commit))) await noteGarbage(store)
    for (const { admin } of gone) await rm(admin, { recursive: true, force: true })
  }
}

/** Drops from the stores, as `--git-gc` says, the objects that only forgotten submodules used. */
export async function cleanStores(
  git: Git,
  { layout, gc }: { readonly layout: Layout; readonly gc: string },
): Promise<void> {
  for (const store of await storesIn(layout)) {
    if (!(await isThere(garbageFile(store))) || (await isGivenUp(store))) continue
    await collectGarbage(git.withMore({ env: { GIT_DIR: store } }), { gitDir: store, gc })
    await rm(garbageFile(store), { force: true })
  }
}

/** What killed processes left in the stores. Only to be called while no git runs in this root. */
export async function sweepUnfinishedStores(layout: Layout): Promise<void> {
  await removeHalfMade(layout)
  for (const store of await storesIn(layout)) {
    await removeUnfinishedPacksOf(store)
    await removeUnfinishedRepack(store)
  }
}

async function removeHalfMade({ modulesDir }: Layout): Promise<void> {
  for (const name of (await namesIn(modulesDir)).filter(isTemporary)) {
    await rm(join(modulesDir, name), { recursive: true, force: true })
  }
}

/** Away from its name first: a store under its name is a whole one. */
async function removeStore(store: string): Promise<void> {
  const leaving = temporaryBeside(store)
  await rename(store, leaving)
  await rm(leaving, { recursive: true, force: true })
}

function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}
