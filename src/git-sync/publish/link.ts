import { rmdir } from 'node:fs/promises'
import { basename, join, relative } from 'node:path'
import type { Layout } from '#git-sync/tree/layout.ts'
import { namedTree } from '#git-sync/tree/served.ts'
import { foundAt, symlinkAtomic } from '#kit/files.ts'
import { moveIntoPlace, openFolder } from './place-tree.ts'
import { PlaceTakenError, type Publisher } from './publish.ts'

export interface LinkOptions {
  readonly layout: Layout
  readonly link: string
  /** The folder of the repository that the link names, or empty. */
  readonly subdir: string
}

/** Publishes by a relative symbolic link to `.worktrees/<hash>` that is flipped by one rename. */
export function linkPublisher({ layout, link, subdir }: LinkOptions): Publisher {
  return {
    async check() {
      await openFolder(link)
      await clearTheWay(layout, link)
    },
    async place(tree) {
      // A tree that has its name stays: none gets one whose link cannot be.
      await openFolder(link)
      await clearTheWay(layout, link)
      return { commit: tree.commit, tree: await moveIntoPlace(layout, tree) }
    },
    async publish(placed) {
      const folder = await openFolder(link)
      const target = relative(folder, join(placed.tree, subdir))
      await flip(target, join(folder, basename(link)), layout)
      return { ...placed, link }
    },
    stands: async ({ tree }) => (await namedTree(layout, link))?.folder === join(tree, subdir),
    holds: () => false,
  }
}

/** An empty folder where the link belongs is somebody's mkdir; one with files may not be ours. */
async function clearTheWay(layout: Layout, link: string): Promise<void> {
  if (!isFolder(link)) return
  try {
    await rmdir(link)
  } catch (cause) {
    const { isOurs } = await import('./own-folder.ts')
    if (await isOurs(layout, link)) return
    throw new PlaceTakenError(
      `Cannot publish at ${link}: a folder is there; move it away or choose another --link`,
      { cause },
    )
  }
}

async function flip(target: string, link: string, layout: Layout): Promise<void> {
  try {
    if (isFolder(link)) {
      const { replaceFolder } = await import('./own-folder.ts')
      await replaceFolder(layout, { link, target })
    } else await symlinkAtomic(target, link)
  } catch (cause) {
    throw new Error(`Cannot flip the link ${link}`, { cause })
  }
}

function isFolder(path: string): boolean {
  return foundAt(path)?.isDirectory() ?? false
}
