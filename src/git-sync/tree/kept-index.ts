import { link, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { type Commit, isFullHash, toCommit } from '#git-sync/git/refs.ts'
import { namesIn } from '#kit/files.ts'

/**
 * Holds the index of a tree as git wrote it for us, by a second name: who runs git in the tree
 * makes another file. By it we tell what somebody changed there. The name tells the commit, so that
 * whoever is killed at any moment leaves an index and its commit, or neither. On a file system
 * without hard links there is none, and such a tree is not used again.
 */
export async function keepIndex(admin: string, commit: Commit): Promise<void> {
  for (const name of await keptNames(admin)) await rm(join(admin, name), { force: true })
  await link(indexOf(admin), keptFile(admin, commit)).catch(() => {})
}

/** The commit whose index was held; null when there is none. */
export async function keptCommit(admin: string): Promise<Commit | null> {
  const [name, ...others] = await keptNames(admin)
  const hash = name?.slice(prefix.length) ?? ''
  return others.length === 0 && isFullHash(hash) ? toCommit(hash) : null
}

/** Puts back the index that was held. @throws Error when there is none of this commit. */
export async function restoreIndex(admin: string, commit: Commit): Promise<void> {
  if ((await keptCommit(admin)) !== commit) throw new Error(`no index of ${commit} was kept`)
  await rm(indexOf(admin), { force: true })
  await link(keptFile(admin, commit), indexOf(admin))
}

/** Where git has the index of a tree, by its private folder. */
export function indexOf(admin: string): string {
  return join(admin, 'index')
}

const prefix = 'sync-index-'

async function keptNames(admin: string): Promise<readonly string[]> {
  return (await namesIn(admin)).filter((name) => name.startsWith(prefix))
}

function keptFile(admin: string, commit: Commit): string {
  return join(admin, `${prefix}${commit}`)
}
