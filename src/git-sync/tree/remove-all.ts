import { chmod, lstat, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { codeOf } from '#kit/files.ts'

/**
 * Removes all that is at a path, if anything is: also folders of ours that nobody may write, as
 * programs make them for what they download.
 */
export async function removeAll(path: string): Promise<void> {
  const remove = (): Promise<void> => rm(path, { recursive: true, force: true })
  await remove().catch(async (error: unknown) => {
    if (codeOf(error) !== 'EACCES') throw error
    await openFolders(path)
    await remove()
  })
}

/** Lets its owner into a folder, whatever was done to its rights; not by a link. */
export async function openFolder(path: string): Promise<boolean> {
  const found = await lstat(path).catch(() => null)
  if (!found?.isDirectory()) return false
  // A folder of somebody else stays as it is: what is done next tells that.
  if ((found.mode & 0o700) !== 0o700) await chmod(path, found.mode | 0o700).catch(() => {})
  return true
}

async function openFolders(path: string): Promise<void> {
  if (!(await openFolder(path))) return
  for (const entry of await readdir(path, { withFileTypes: true })) {
    if (entry.isDirectory()) await openFolders(join(path, entry.name))
  }
}
