import { lstatSync } from 'node:fs'
import { mkdir, rename, rm, utimes } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { foundAt, temporaryBeside } from '#kit/files.ts'
import { exchangeAtOnce } from '#kit/rename-exchange.ts'
import { demandExchange } from './demand-exchange.ts'
import { type FolderOptions, folderOf } from './folder.ts'
import { linkFolderToAdmin } from './folder-git.ts'
import { isUntouched } from './folder-untouched.ts'
import { moveIntoPlace, openFolder } from './place-tree.ts'
import type { Publisher } from './publish.ts'

export interface ExchangeOptions extends FolderOptions {
  /** A folder is left alone so long for its readers after another took its place. */
  readonly graceMs: number
  /** The folder that was shown before becomes the next one by what changed. */
  readonly keepsSecond: boolean
}

/**
 * Publishes a folder by exchanging it for another one in one step. Who has the old one open, or works
 * in it, sees the old commit for the grace.
 * @throws Error when that cannot be here, whatever the tree.
 */
export async function openExchangePublisher(options: ExchangeOptions): Promise<Publisher> {
  const { layout, link, subdir, graceMs, clock, stop, durability } = options
  await demandExchange(layout, link)
  const folder = folderOf(options)
  /** What was shown before, and since when it is shown no more. */
  let second: { readonly path: string; readonly sinceMs: number } | null = null
  let staged: string | null = null

  /** The folder that was shown before, when nobody reads or has changed it; else a new one. */
  async function openNext(): Promise<string> {
    const before = second
    second = null
    if (before !== null && clock.monotonicMs() - before.sinceMs >= graceMs) {
      if (await isUntouched(before.path, { layout, stop })) return before.path
    }
    const path = temporaryBeside(join(layout.trees, 'published'))
    await mkdir(path)
    return path
  }

  return {
    ...{ check: folder.check, stands: folder.stands },
    async place(tree) {
      await folder.check()
      const placed = { commit: tree.commit, tree: await moveIntoPlace(layout, tree) }
      const path = await openNext()
      try {
        await folder.fill(path, placed)
      } catch (error) {
        await rm(path, { recursive: true, force: true })
        throw error
      }
      staged = path
      return placed
    },
    async publish(placed) {
      if (staged === null) throw new Error(`Cannot publish at ${link}: nothing was placed`)
      const path = staged
      staged = null
      await folder.giveGrace()
      const place = join(await openFolder(link), basename(link))
      if (subdir === '') {
        await linkFolderToAdmin(path, { place, tree: placed.tree })
        await durability?.files([join(path, '.git')])
        await durability?.folders([path])
      }
      if (foundAt(place) === null) await rename(path, place)
      else if (!exchangeAtOnce(path, place)) {
        await rm(path, { recursive: true, force: true })
        throw new Error(
          `Cannot publish at ${link}: the folder cannot be exchanged; look whether a volume is mounted there`,
        )
      } else if (lstatSync(path).isDirectory()) {
        // No working tree of its commit any more: what git notes of that has only one place. And its
        // time of change tells the sweep since when it is shown no more.
        await rm(join(path, '.git'), { force: true })
        await utimes(path, clock.nowMs() / 1000, clock.nowMs() / 1000)
        if (options.keepsSecond) second = { path, sinceMs: clock.monotonicMs() }
      } else await rm(path)
      await durability?.folders([dirname(place), layout.trees])
      await folder.settle(placed, second === null ? [] : [second.path])
      return { ...placed, link }
    },
    holds: (path) => path === second?.path,
  }
}
