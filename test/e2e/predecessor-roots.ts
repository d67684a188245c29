import { copyFile, mkdir, rename, symlink, writeFile } from 'node:fs/promises'
import { runChild } from '#test/fixtures/child.ts'
import type { Repository } from '#test/fixtures/repository.ts'

/** Roots as kubernetes/git-sync leaves them, made by the git commands that it runs. */
export interface PredecessorOptions {
  /** The URL that was synced; of the repository itself when not given. */
  readonly url?: string
  /** A new folder. */
  readonly root: string
}

export interface Version4Options extends PredecessorOptions {
  readonly filter?: string
  /** A file of patterns. */
  readonly sparse?: string
  readonly submodules?: boolean
}

/** Of version 4: a repository of its own branch, trees in `.worktrees`. The link is `site`. */
export async function rootOfVersion4(
  repository: Repository,
  { url = repository.url, root, filter, sparse, submodules }: Version4Options,
): Promise<void> {
  const commit = await repository.resolve()
  const tree = `${root}/.worktrees/${commit}`
  const git = gitIn(repository)
  await mkdir(root)
  await git(root, 'init', '--quiet', '-b', 'git-sync')
  await git(root, 'remote', 'add', 'origin', url)
  const how = ['--no-progress', '--prune', '--no-auto-gc', '--depth', '1']
  if (filter !== undefined) how.push('--filter', filter)
  await git(root, 'fetch', url, 'HEAD', ...how)
  await git(root, 'reset', '--soft', commit, '--')
  await git(root, 'worktree', 'add', '--force', '--detach', tree, commit, '--no-checkout')
  await writeFile(`${tree}/.git`, `gitdir: ../../.git/worktrees/${commit}\n`)
  if (sparse !== undefined) {
    await mkdir(`${root}/.git/worktrees/${commit}/info`)
    await copyFile(sparse, `${root}/.git/worktrees/${commit}/info/sparse-checkout`)
    await git(tree, 'sparse-checkout', 'init')
  }
  await git(tree, 'reset', '--hard', commit, '--')
  if (submodules) {
    await git(tree, 'submodule', 'update', '--init', '--recursive', '--depth', '1')
  }
  await symlink(`.worktrees/${commit}`, `${root}/site`)
}

export interface Version3Options extends PredecessorOptions {
  /** What stands before the hash in the name of a tree: early versions had `rev-`. */
  readonly prefix: '' | 'rev-'
}

/** Of version 3: a clone whose own files are there too, trees beside them. The link is `site`. */
export async function rootOfVersion3(
  repository: Repository,
  { url = repository.url, root, prefix }: Version3Options,
): Promise<void> {
  const commit = await repository.resolve()
  const name = `${prefix}${commit}`
  const git = gitIn(repository)
  await git(repository.work, 'clone', '--quiet', '--no-checkout', '-b', 'main', url, root)
  await git(root, 'fetch', '--quiet', '-f', '--tags', 'origin', 'main')
  await git(root, 'gc', '--quiet', '--prune=all')
  await git(root, 'worktree', 'add', `${root}/${name}`, 'origin/main', '--no-checkout')
  await writeFile(`${root}/${name}/.git`, `gitdir: ../.git/worktrees/${name}\n`)
  await git(`${root}/${name}`, 'reset', '--hard', commit, '--')
  await git(root, 'reset', '--hard', commit, '--')
  await symlink(name, `${root}/tmp-link`)
  await rename(`${root}/tmp-link`, `${root}/site`)
}

function gitIn(repository: Repository) {
  return (cwd: string, ...args: readonly string[]): Promise<string> =>
    runChild(['git', ...args], { cwd, env: repository.env })
}
