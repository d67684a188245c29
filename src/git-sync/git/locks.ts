import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { codeOf } from '#kit/files.ts'

/**
 * Removes the lock files that a killed git left in the repository: with them, each later run would
 * refuse its work. Only to be called while no git runs in this root. Returns the paths removed.
 */
export async function removeOrphanedLocks(root: string): Promise<string[]> {
  const folder = join(root, '.git')
  const removed = (await pathsBelow(folder)).filter(isLock)
  for (const name of removed) await rm(join(folder, name), { force: true })
  return removed
}

/**
 * `gc.pid` names a gc by a process id, which after a container's restart is some other process;
 * `locked` keeps a half-made tree, which was never finished, from being pruned.
 */
function isLock(path: string): boolean {
  return /\.lock$|^(modules\/[^/]+\/)?gc\.pid$|^worktrees\/[^/]+\/locked$/.test(path)
}

async function pathsBelow(folder: string): Promise<string[]> {
  const paths: string[] = []
  for (const entry of await entriesOf(folder)) {
    // The folders of loose objects have no locks, and there may be very many objects.
    if (entry.isDirectory() && !/^[\da-f]{2}$/.test(entry.name)) {
      const below = await pathsBelow(join(folder, entry.name))
      paths.push(...below.map((path) => join(entry.name, path)))
    } else if (entry.isFile()) {
      paths.push(entry.name)
    }
  }
  return paths
}

async function entriesOf(folder: string) {
  try {
    return await readdir(folder, { withFileTypes: true })
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return []
    throw error
  }
}
