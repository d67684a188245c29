import { mkdir, realpath, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { foundAt, temporaryBeside } from '#kit/files.ts'
import { renameExchange } from '#kit/rename-exchange.ts'
import { type FolderOptions, folderOf } from './folder.ts'
import { dropLinkToAdmin } from './folder-git.ts'
import { moveIntoPlace, openFolder } from './place-tree.ts'
import type { Publisher } from './publish.ts'

/**
 * Publishes into a folder that stays the same one, as do its files that do not change: for mounts of
 * that folder alone, and for those who watch it. Each file that changes is replaced in one step, all
 * of them one after the other.
 */
export function inPlacePublisher(options: FolderOptions): Publisher {
  const { layout, link, durability } = options
  const folder = folderOf(options)
  return {
    ...{ check: folder.check, stands: folder.stands },
    async place(tree) {
      await folder.check()
      return { commit: tree.commit, tree: await moveIntoPlace(layout, tree) }
    },
    async publish(placed) {
      if (foundAt(link)?.isDirectory()) {
        await dropLinkToAdmin(layout, link)
        await folder.fill(link, placed)
      } else {
        await folder.giveGrace()
        await showNew(link, (path) => folder.fill(path, placed))
        await durability?.folders([dirname(await realpath(link))])
      }
      await folder.settle(placed, [])
      return { ...placed, link }
    },
    holds: () => false,
  }
}

/** A folder that was not there is whole when it appears. A link or file in its place gives way. */
async function showNew(link: string, fill: (path: string) => Promise<void>): Promise<void> {
  const place = join(await openFolder(link), basename(link))
  const path = temporaryBeside(place)
  try {
    await mkdir(path)
    await fill(path)
    if (foundAt(place) === null) await rename(path, place)
    else await renameExchange(path, place)
  } finally {
    await rm(path, { recursive: true, force: true })
  }
}
