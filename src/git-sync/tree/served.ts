import { readlinkSync, realpathSync, statSync } from 'node:fs'
import { stat, utimes } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import type { Git } from '#git-sync/git/git.ts'
import type { Commit } from '#git-sync/git/refs.ts'
import { codeOf } from '#kit/files.ts'
import { readSmallFile } from '#kit/small-file.ts'
import { commitOfTree, type Layout } from './layout.ts'

// Each poll looks here: a read of some bytes costs less than to hand it to another thread and back.

/** What the link names now. */
export interface Served {
  readonly commit: Commit
  readonly tree: string
}

/** The same by the link's text alone. */
export interface Named extends Served {
  /** The tree, or the folder in it that is published. */
  readonly folder: string
}

/** The same of a tree that is whole. */
export interface Whole extends Named {
  /** Its private folder in the repository. */
  readonly admin: string
}

/**
 * The tree that the link names, when it is whole as far as a few small reads can tell: a folder in
 * its place whose private folder has the commit it is named after. Otherwise null: it needs repair.
 */
export async function servedTree(layout: Layout, link: string): Promise<Whole | null> {
  const whole = await wholeTree(layout, link)
  return whole !== null && whole.tree === layout.treeOf(whole.commit) ? whole : null
}

/** The same of a tree that may also stand where an earlier program had it. */
export async function wholeTree(layout: Layout, link: string): Promise<Whole | null> {
  const named = await namedTree(layout, link)
  if (named === null) return null
  const admin = await adminOf(named.tree)
  if (admin === null || dirname(admin) !== layout.adminDir) return null
  const head = await readText(join(admin, 'HEAD'))
  const index = await exists(join(admin, 'index'))
  return head?.trim() === named.commit && index ? { ...named, admin } : null
}

/**
 * True when each file of the tree has the content that was committed. Reads them all, and changes
 * nothing but what git knows of their times.
 */
export async function hasCommittedFiles(git: Git, { tree, commit }: Served): Promise<boolean> {
  const admin = await adminOf(tree)
  if (admin === null) return false
  const index = join(admin, 'index')
  const agrees = async (...args: readonly string[]): Promise<boolean> =>
    (await git.attempt(args, { cwd: tree })).code === 0
  if (!(await agrees('diff-index', '--cached', '--quiet', commit))) return false
  // A file that is not older than the index may have been written after it: git reads its content.
  // https://git-scm.com/docs/racy-git
  const { mtime } = await stat(index)
  await utimes(index, oldest, oldest)
  const same = await agrees('update-index', '--really-refresh')
  if ((await stat(index)).mtimeMs === oldest * 1000) await utimes(index, mtime, mtime)
  return same
}

/** In seconds: git takes 0 for no time. */
const oldest = 1

/**
 * True when consumers find a tree behind the link, whatever became of the repository: it can be lost
 * or be fetched again while all files are there.
 */
export async function servesFiles(layout: Layout, link: string): Promise<boolean> {
  const named = await namedTree(layout, link)
  return named !== null && (await exists(join(named.tree, '.git')))
}

/** The tree that the link names by its text alone, whether it is whole or not. */
export async function namedTree(layout: Layout, link: string): Promise<Named | null> {
  try {
    const folder = resolve(realpathSync.native(dirname(link)), readlinkSync(link))
    const tree = treeAround(layout, folder)
    const commit = commitOfTree(layout, tree)
    return commit === null ? null : { commit, tree, folder }
  } catch (error) {
    if (['ENOENT', 'EINVAL', 'ENOTDIR'].includes(codeOf(error) ?? '')) return null
    throw error
  }
}

/** The tree that a folder is in, when it is in one of ours. */
function treeAround({ trees }: Layout, folder: string): string {
  if (!folder.startsWith(`${trees}/`)) return folder
  const end = folder.indexOf('/', trees.length + 1)
  return end === -1 ? folder : folder.slice(0, end)
}

/** The private folder of a tree in the repository, by the tree's `.git` file; null without one. */
export async function adminOf(tree: string): Promise<string | null> {
  const text = await readText(join(tree, '.git'))
  const match = text === null ? null : /^gitdir: (.+)$/m.exec(text)
  const path = match?.[1]
  return path === undefined ? null : resolve(tree, path)
}

async function readText(path: string): Promise<string | null> {
  try {
    return readSmallFile(path)
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'EISDIR'].includes(codeOf(error) ?? '')) return null
    throw error
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    return statSync(path).isFile()
  } catch {
    return false
  }
}
