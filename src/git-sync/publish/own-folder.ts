import { rm, symlink } from 'node:fs/promises'
import type { Layout } from '#git-sync/tree/layout.ts'
import { temporaryBeside } from '#kit/files.ts'
import { exchangeAtOnce } from '#kit/rename-exchange.ts'
import { foreignBelow } from './compare-folder.ts'
import { recordOf } from './folder-record.ts'

/** True for a folder that another mode published, when nobody else put anything into it. */
export async function isOurs(layout: Layout, folder: string): Promise<boolean> {
  const record = recordOf(layout, folder)
  if (!record?.isThere()) return false
  const foreign = foreignBelow(folder, '', record.entries())
  return foreign === null || foreign === '.git'
}

/**
 * Puts a symbolic link in the place of a folder of ours, in one step. The folder stays a while under
 * a name that the sweep knows, for those who have it open.
 */
export async function replaceFolder(
  layout: Layout,
  { link, target }: { readonly link: string; readonly target: string },
): Promise<void> {
  const aside = temporaryBeside(link)
  await symlink(target, aside)
  if (!exchangeAtOnce(aside, link)) {
    await rm(aside)
    throw new Error('the folder there cannot be exchanged: look whether a volume is mounted there')
  }
  await rm(layout.published, { recursive: true, force: true })
}
