import { lstat, readFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { keptCommit } from './kept-index.ts'
import { commitOfTree, type Layout } from './layout.ts'
import type { Tree } from './materialise.ts'
import { hasRecipe } from './recipe.ts'
import { adminOf } from './served.ts'

/**
 * A tree that was served, under the name that it had before its place: by that a next process knows
 * it. Null when it is not of ours, or when somebody made it one with another tree.
 */
export async function retiredTree(path: string, layout: Layout): Promise<Tree | null> {
  const commit = commitOfTree(layout, path)
  const admin = await adminOf(path)
  if (commit === null || dirname(path) !== layout.trees) return null
  if (admin === null || dirname(admin) !== layout.adminDir) return null
  const name = basename(admin)
  if (!layout.isNewTree(name) || (await keptCommit(admin)) !== commit) return null
  const gitdir = await readFile(join(admin, 'gitdir'), 'utf8')
  if (gitdir.trim() !== join(path, '.git')) return null
  const before = join(layout.trees, name)
  const isTaken = await lstat(before).catch(() => null)
  return isTaken === null ? { commit, path: before, admin } : null
}

/**
 * A tree that an earlier process left under such a name. Null when it was not whole: then it has no
 * kept index, or nothing tells what it was made with.
 */
export async function leftTree(path: string, layout: Layout): Promise<Tree | null> {
  const admin = await adminOf(path)
  if (admin === null || admin !== join(layout.adminDir, basename(path))) return null
  const commit = await keptCommit(admin)
  return commit !== null && (await hasRecipe(admin)) ? { commit, path, admin } : null
}
