import { link, lstat, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * Holds the index of a tree as git wrote it for us, by a second name: who runs git in the tree
 * makes another file. By it we tell what somebody changed there. On a file system without hard
 * links there is none, and such a tree is not used again.
 */
export async function keepIndex(admin: string): Promise<void> {
  await rm(keptFile(admin), { force: true })
  await link(indexOf(admin), keptFile(admin)).catch(() => {})
}

/** True when this tree has one that was held. */
export function hasKeptIndex(admin: string): Promise<boolean> {
  return lstat(keptFile(admin)).then(
    (found) => found.isFile(),
    () => false,
  )
}

/** Puts back the index that was held. @throws Error when there is none. */
export async function restoreIndex(admin: string): Promise<void> {
  // Of two names of one file this changes nothing; the next line makes them two again in any case.
  await rename(keptFile(admin), indexOf(admin))
  await keepIndex(admin)
}

/** Where git has the index of a tree, by its private folder. */
export function indexOf(admin: string): string {
  return join(admin, 'index')
}

function keptFile(admin: string): string {
  return join(admin, 'sync-index')
}
