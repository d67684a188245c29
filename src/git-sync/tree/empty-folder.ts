import { lstat, mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { codeOf } from '#kit/files.ts'

/**
 * The empty folder at `path` below `within`, made when it is missing. Every part of the path is a
 * folder itself: a link among them would lead what is written out of the tree.
 * @throws Error when something else stands in the way.
 */
export async function emptyFolder(within: string, path: string): Promise<string> {
  let folder = within
  for (const part of path.split('/')) {
    folder = join(folder, part)
    if (!(await isFolder(folder))) await mkdir(folder)
  }
  if ((await readdir(folder)).length > 0) throw new Error('its folder is not empty')
  return folder
}

/** False when nothing is there. */
async function isFolder(path: string): Promise<boolean> {
  const found = await lstat(path).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return null
    throw error
  })
  if (found !== null && !found.isDirectory()) throw new Error('no folder is on the way to it')
  return found !== null
}
