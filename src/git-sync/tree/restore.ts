import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Git } from '#git-sync/git/git.ts'
import { readGitlinks } from '#git-sync/git/index-file.ts'
import { hashBytesOf } from '#git-sync/git/refs.ts'
import { type Files, gitAt } from './bring-files.ts'
import { withoutWorkers } from './checkout-git.ts'
import { cleanTree } from './clean.ts'
import { filledAt, filledIn } from './filled.ts'
import { indexOf, keepIndex, restoreIndex } from './kept-index.ts'
import type { Layout } from './layout.ts'
import { linkToAdmin } from './link-to-admin.ts'
import type { Tree } from './materialise.ts'

export interface RestoreOptions {
  readonly git: Git
  readonly layout: Layout
  readonly stop: AbortSignal
}

/**
 * Makes a tree that nobody sees again what git made it, whatever was done in it, and so each
 * submodule in it.
 * @throws Error when that cannot be told, or not be done.
 */
export async function restoreTree(tree: Tree, options: RestoreOptions): Promise<void> {
  const filled = await filledIn(tree.admin)

  /** First what is around: a link may stand where a folder on the way to a submodule was. */
  async function restoreLevel(files: Files, within: string): Promise<void> {
    const here = filledAt(within, filled)
    await restoreFiles(files, { ...options, isFilled: (path) => (here.get(path) ?? null) !== null })
    if (here.size === 0) return
    const hashBytes = hashBytesOf(files.commit)
    for (const { path, commit } of await readGitlinks(indexOf(files.admin), { hashBytes })) {
      const admin = here.get(path) ?? null
      if (admin === null) continue
      // Ours has no settings of its own: whoever made the files there sparse did.
      await rm(join(admin, 'config.worktree'), { force: true })
      const inside = { commit, path: join(files.path, path), admin }
      await restoreLevel(inside, join(within, path))
    }
  }

  await restoreLevel(tree, '')
}

async function restoreFiles(
  files: Files,
  options: RestoreOptions & { readonly isFilled: (path: string) => boolean },
): Promise<void> {
  const { path, admin, commit } = files
  await restoreIndex(admin, commit)
  await writeFile(join(admin, 'HEAD'), `${commit}\n`)
  await linkToAdmin(path, admin)
  const index = indexOf(admin)
  const missing = await cleanTree(path, { ...options, index, hashBytes: hashBytesOf(commit) })
  if (missing === 0) return
  const what = `Cannot restore the tree of ${commit}`
  const reset = ['reset', '--hard', '--quiet', commit, '--']
  await withoutWorkers(gitAt(files, options.git)).run(what, reset, { cwd: path })
  await keepIndex(admin, commit)
}
