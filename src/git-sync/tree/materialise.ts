import { mkdir, rm, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { Git } from '#git-sync/git/git.ts'
import type { Commit } from '#git-sync/git/refs.ts'
import { codeOf } from '#kit/files.ts'
import { gitForCheckout } from './checkout-git.ts'
import { filledIn } from './filled.ts'
import { keepIndex } from './kept-index.ts'
import type { Layout } from './layout.ts'
import { linkToAdmin } from './link-to-admin.ts'
import { tellProgress } from './progress.ts'
import { openFolder, removeAll } from './remove-all.ts'
import { adminOf } from './served.ts'
import { makeSparse, type SparseOptions } from './sparse.ts'
import { dropTreesOf } from './submodule-stores.ts'
import { checkOutSubmodules, type SubmoduleOptions } from './submodules.ts'

/** A whole tree that nobody sees yet. Only `materialise` makes one. */
export interface Tree {
  readonly commit: Commit
  /** Where it stands now: a private name. */
  readonly path: string
  /** Its private folder in the repository. */
  readonly admin: string
}

export interface MaterialiseOptions extends SparseOptions, SubmoduleOptions {
  readonly git: Git
  readonly layout: Layout
}

/**
 * Builds the commit's tree beside all others, equal to a fresh checkout.
 * @throws GitError when git cannot, or when a submodule cannot be had.
 */
export async function materialise(commit: Commit, options: MaterialiseOptions): Promise<Tree> {
  const path = options.layout.newTree()
  const progress = tellProgress({ ...options, doing: 'checking out' })
  try {
    return await buildTree(path, { ...options, commit, onProgress: progress.line })
  } catch (error) {
    await discard(path, options.layout)
    throw error
  } finally {
    progress.end()
  }
}

/** The same under a name that `newTree` gave. What it leaves when it fails is the caller's. */
export async function buildTree(
  path: string,
  options: MaterialiseOptions & {
    readonly commit: Commit
    readonly onProgress?: (line: string) => void
  },
): Promise<Tree> {
  const { git, layout, commit, onProgress } = options
  await mkdir(layout.trees, { recursive: true })
  const what = `Cannot build the tree of ${commit}`
  await git.run(what, ['worktree', 'add', '--force', '--detach', '--no-checkout', path, commit])
  const admin = await adminOf(path)
  if (admin === null) throw new Error(`${what}: git made no .git file in ${path}`)
  await linkToAdmin(path, admin)
  await makeSparse(admin, options)
  // Without --quiet it tells how far it is; of what takes less than two seconds it tells nothing.
  await (await gitForCheckout(git, commit)).run(what, ['reset', '--hard', commit, '--'], {
    cwd: path,
    ...(onProgress ? { onStderrLine: onProgress } : {}),
  })
  const tree = { commit, path, admin }
  await checkOutSubmodules(tree, options)
  // Last: by it who comes after us knows that the tree is whole.
  await keepIndex(admin, commit)
  return tree
}

/**
 * Removes a tree under a name of `newTree`, which nobody sees, and its private folder: but not the
 * private folder of a tree that has left this name for its place.
 */
export async function discard(path: string, layout: Layout): Promise<void> {
  await openFolder(path)
  const admin = await adminOf(path)
  const isItsOwn = admin === join(layout.adminDir, basename(path))
  await removeAll(path)
  if (!isItsOwn) return
  await dropTreesOf(layout, basename(admin))
  await rm(admin, { recursive: true, force: true })
}

/** Tells git where the tree and its submodules stand after it was renamed. */
export async function recordPlace(tree: string, admin: string): Promise<void> {
  await recordFolder(tree, admin)
  for (const { within, path, admin: own } of await filledIn(admin)) {
    // Whose store is gone is no submodule of git's any more; the next new tree has it again.
    if (own !== null) await recordFolder(join(tree, within, path), own).catch(ignoreMissing)
  }
}

async function recordFolder(folder: string, admin: string): Promise<void> {
  // Not by a temporary name in the private folder: git lists what it finds there.
  await writeFile(join(admin, 'gitdir'), `${join(folder, '.git')}\n`)
}

function ignoreMissing(error: unknown): void {
  if (codeOf(error) !== 'ENOENT') throw error
}
