import { constants } from 'node:fs'
import { access, lstat, mkdir, realpath, rename, rmdir } from 'node:fs/promises'
import { basename, dirname, join, relative } from 'node:path'
import type { Layout } from '#git-sync/tree/layout.ts'
import { recordPlace, type Tree } from '#git-sync/tree/materialise.ts'
import { codeOf, symlinkAtomic, temporaryBeside } from '#kit/files.ts'
import { renameExchange } from '#kit/rename-exchange.ts'
import { PlaceTakenError, type Publisher } from './publish.ts'

/** Publishes by a relative symbolic link to `.worktrees/<hash>` that is flipped by one rename. */
export function linkPublisher(layout: Layout, link: string): Publisher {
  return {
    async check() {
      await openFolder(link)
      await clearTheWay(link)
    },
    async place(tree) {
      // A tree that has its name stays: none gets one whose link cannot be.
      await openFolder(link)
      await clearTheWay(link)
      return { commit: tree.commit, tree: await moveIntoPlace(layout, tree) }
    },
    async publish(placed) {
      const folder = await openFolder(link)
      await flip(relative(folder, placed.tree), join(folder, basename(link)))
      return { ...placed, link }
    },
  }
}

/**
 * Gives the tree its name. A damaged tree of the same commit may stand there and be served: the two
 * change places, so that the name is never missing.
 */
async function moveIntoPlace(layout: Layout, tree: Tree): Promise<string> {
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

/** The link's folder as it really is, made when it is missing. */
async function openFolder(link: string): Promise<string> {
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

/** An empty folder where the link belongs is somebody's mkdir; one with files is not ours to take. */
async function clearTheWay(link: string): Promise<void> {
  const there = await lstat(link).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return null
    throw error
  })
  if (!there?.isDirectory()) return
  try {
    await rmdir(link)
  } catch (cause) {
    throw new PlaceTakenError(
      `Cannot publish at ${link}: a folder is there; move it away or choose another --link`,
      { cause },
    )
  }
}

async function flip(target: string, link: string): Promise<void> {
  try {
    await symlinkAtomic(target, link)
  } catch (cause) {
    throw new Error(`Cannot flip the link ${link}`, { cause })
  }
}

async function isThere(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  )
}
