import { rmdir } from 'node:fs/promises'
import { basename, dirname, join, relative } from 'node:path'
import type { Layout } from '#git-sync/tree/layout.ts'
import { namedTree } from '#git-sync/tree/served.ts'
import { foundAt, symlinkAtomic } from '#kit/files.ts'
import type { Durability } from './durability.ts'
import { moveIntoPlace, openFolder } from './place-tree.ts'
import { PlaceTakenError, type Publisher } from './publish.ts'

export interface LinkOptions {
  readonly layout: Layout
  readonly link: string
  /** The folder of the repository that the link names, or empty. */
  readonly subdir: string
  /** Null when nobody wants it. */
  readonly durability: Durability | null
}

/** Publishes by a relative symbolic link to `.worktrees/<hash>` that is flipped by one rename. */
export function linkPublisher(options: LinkOptions): Publisher {
  const { layout, link, subdir, durability } = options
  /** The link has flipped; whether that outlives lost power nobody knows. */
  let isUnsure = false
  return {
    async check() {
      await openFolder(link)
      await clearTheWay(layout, link)
    },
    async place(tree) {
      // A tree that has its name stays: none gets one whose link cannot be.
      await openFolder(link)
      await clearTheWay(layout, link)
      await durability?.tree(tree)
      const place = await moveIntoPlace(layout, tree)
      await durability?.admins({ ...tree, path: place })
      await durability?.folders([layout.trees])
      return { commit: tree.commit, tree: place }
    },
    async publish(placed) {
      const folder = await openFolder(link)
      const target = relative(folder, join(placed.tree, subdir))
      await flip(target, join(folder, basename(link)), options)
      isUnsure = durability !== null
      await durability?.folders([folder])
      isUnsure = false
      return { ...placed, link }
    },
    async stands({ tree, folder }) {
      const found = folder ?? (await namedTree(layout, link))?.folder
      return !isUnsure && found === join(tree, subdir)
    },
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

async function flip(
  target: string,
  link: string,
  { layout, durability }: LinkOptions,
): Promise<void> {
  try {
    if (isFolder(link)) {
      const { replaceFolder } = await import('./own-folder.ts')
      await replaceFolder(layout, { link, target })
    } else {
      const ready = durability === null ? undefined : () => durability.folders([dirname(link)])
      await symlinkAtomic(target, link, { ready })
    }
  } catch (cause) {
    throw new Error(`Cannot flip the link ${link}`, { cause })
  }
}

function isFolder(path: string): boolean {
  return foundAt(path)?.isDirectory() ?? false
}
