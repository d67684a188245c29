import { isAbsolute, join, parse, resolve } from 'node:path'
import { type Commit, isFullHash, toCommit } from '#git-sync/git/refs.ts'
import { randomHex } from '#kit/random-hex.ts'

/**
 * Where things are in a root. Consumers may rely on the link and on `.worktrees/<hash>`; the rest
 * is private.
 */
export interface Layout {
  readonly root: string
  /** The repository. */
  readonly gitDir: string
  /** Its folder of one private folder for each tree. */
  readonly adminDir: string
  /** Its folder of one repository for each URL of a submodule. */
  readonly modulesDir: string
  readonly trees: string
  /** What is known of folders that are published instead of a link. */
  readonly published: string
  treeOf(commit: Commit): string
  /** A name for a tree that nobody sees yet. */
  newTree(): string
  /** True for a name that `newTree` may have given. */
  isNewTree(name: string): boolean
}

export function layoutOf(root: string): Layout {
  const gitDir = join(root, '.git')
  const trees = join(root, '.worktrees')
  return {
    root,
    gitDir,
    adminDir: join(gitDir, 'worktrees'),
    modulesDir: join(gitDir, 'modules'),
    trees,
    published: join(root, '.published'),
    treeOf: (commit) => join(trees, commit),
    newTree: () => join(trees, `new-${randomHex(6)}`),
    isNewTree: (name) => /^new-[\da-f]{12}$/.test(name),
  }
}

/** `path` itself when absolute, else below the root. */
export function belowRoot(root: string, path: string): string {
  return isAbsolute(path) ? resolve(path) : resolve(root, path)
}

/**
 * The commit whose tree this folder is by its name and place, or null. Before its version 4 the
 * program replaced had its trees in the root itself, as `<hash>` or `rev-<hash>`.
 */
export function commitOfTree(layout: Layout, folder: string): Commit | null {
  const { dir, base } = parse(folder)
  if (dir === layout.trees) return isFullHash(base) ? toCommit(base) : null
  const name = base.replace(/^rev-/, '')
  return dir === layout.root && isFullHash(name) ? toCommit(name) : null
}
