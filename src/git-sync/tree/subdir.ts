import { join } from 'node:path'
import type { Commit } from '#git-sync/git/refs.ts'
import { foundAt } from '#kit/files.ts'
import { RefusedCommitError } from './refusal.ts'

/** What --subdir names, without needless slashes and dots; empty is the whole tree. */
export function toSubdir(text: string): string {
  return partsOf(text).join('/')
}

/** Why this cannot be a folder of a repository, or null. */
export function wrongSubdir(text: string): string | null {
  if (text.startsWith('/'))
    return 'must be a path from the top of the repository, without a / first'
  const parts = partsOf(text)
  if (parts.includes('..')) return 'cannot have .. in it'
  if (parts.some((part) => part.toLowerCase() === '.git')) return 'cannot have .git in it'
  return null
}

function partsOf(text: string): readonly string[] {
  return text.split('/').filter((part) => part !== '' && part !== '.')
}

/**
 * Makes sure that the tree has that folder, reached through folders alone: a symbolic link on the way
 * would lead out of the tree.
 * @throws RefusedCommitError naming it.
 */
export function demandSubdir(
  { path, commit }: { readonly path: string; readonly commit: Commit },
  subdir: string,
): void {
  let at = ''
  for (const part of partsOf(subdir)) {
    at = join(at, part)
    const found = foundAt(join(path, at))
    if (found?.isDirectory()) continue
    const what = found === null ? 'is not in it' : 'is no folder in it'
    throw new RefusedCommitError(
      `Cannot publish commit ${commit}: ${JSON.stringify(at)} ${what}; add that folder or change --subdir`,
      { commit, by: 'subdir' },
    )
  }
}
