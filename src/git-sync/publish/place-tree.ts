import { constants } from 'node:fs'
import { access, lstat, mkdir, realpath, rename } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Layout } from '#git-sync/tree/layout.ts'
import { recordPlace, type Tree } from '#git-sync/tree/materialise.ts'
import { temporaryBeside } from '#kit/files.ts'
import { renameExchange } from '#kit/rename-exchange.ts'

/**
 * Gives the tree its name. A damaged tree of the same commit may stand there and be served: the two
 * change places, so that the name is never missing.
 */
export async function moveIntoPlace(layout: Layout, tree: Tree): Promise<string> {
  const place = layout.treeOf(tree.commit)
  if (await isThere(place)) {
    await renameExchange(tree.path, place)
    await rename(tree.path, temporaryBeside(place))
  } else {
    await rename(tree.path, place)
  }
  await recordPlace(place, tree.admin)
  return place
}

/** The folder around the link as it really is, made when it is missing. */
export async function openFolder(link: string): Promise<string> {
  const folder = dirname(link)
  try {
    await mkdir(folder, { recursive: true })
    await access(folder, constants.W_OK | constants.X_OK)
    return await realpath(folder)
  } catch (cause) {
    throw new Error(
      `Cannot publish at ${link}: its folder cannot be written; let this user write there or choose another --link`,
      { cause },
    )
  }
}

async function isThere(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  )
}
