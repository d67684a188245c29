import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Git, gitError } from '#git-sync/git/git.ts'
import { readGitlinks } from '#git-sync/git/index-file.ts'
import { type Commit, hashBytesOf } from '#git-sync/git/refs.ts'
import { indexOf, keepIndex } from './kept-index.ts'
import type { Tree } from './materialise.ts'

/** Where they differ, files whose content is the same may have to be written in another way. */
const shaping = [':(top,glob)**/.gitattributes', ':(top,glob)**/.gitmodules']

/**
 * Brings a tree that nobody sees, and in which nothing was changed, to another commit by what is
 * different between the two.
 * @throws Error when that may not be the same as a fresh tree. Then it is neither of both.
 */
export async function bringTree(tree: Tree, commit: Commit, git: Git): Promise<Tree> {
  if (tree.commit === commit) return tree
  const { path, admin } = tree
  const both = [tree.commit, commit]
  const compared = await git.attempt(['diff-tree', '-r', '--quiet', ...both, '--', ...shaping])
  if (compared.code === 1) throw new Error('attributes or submodules changed')
  const what = `Cannot bring a tree to ${commit}`
  if (compared.code !== 0) throw gitError(what, compared)
  await git.run(what, ['read-tree', '-m', '-u', ...both], { cwd: path })
  const links = await readGitlinks(indexOf(admin), { hashBytes: hashBytesOf(commit) })
  if (links.length > 0) throw new Error('the commit has submodules')
  await writeFile(join(admin, 'HEAD'), `${commit}\n`)
  await keepIndex(admin)
  return { ...tree, commit }
}
