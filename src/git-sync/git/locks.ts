import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { codeOf } from '#kit/files.ts'

/**
 * Removes the lock files that a killed git left in the repository: with them, each later run would
 * refuse its work. Only to be called while no git runs in this root. Returns the paths removed.
 */
export async function removeOrphanedLocks(root: string): Promise<string[]> {
  const folder = join(root, '.git')
  const removed: string[] = []
  for (const name of await pathsBelow(folder)) {
    // Objects have no locks, and there may be very many of them.
    if (!name.endsWith('.lock') || name.startsWith('objects/')) continue
    await rm(join(folder, name), { force: true })
    removed.push(name)
  }
  return removed
}

async function pathsBelow(folder: string): Promise<string[]> {
  const paths: string[] = []
  for (const entry of await entriesOf(folder)) {
    if (entry.isDirectory() && entry.name !== 'objects') {
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
