import { join } from 'node:path'
import type { Git } from '#git-sync/git/git.ts'
import { readGitlinks } from '#git-sync/git/index-file.ts'
import { hashBytesOf } from '#git-sync/git/refs.ts'
import { namesIn } from '#kit/files.ts'
import { adminOf, hasCommittedFiles, type Served } from './served.ts'

/** True when each submodule in a tree, and in those, has the files that were committed. */
export async function hasCommittedSubmodules(git: Git, { tree, commit }: Served): Promise<boolean> {
  const admin = await adminOf(tree)
  if (admin === null) return false
  const hashBytes = hashBytesOf(commit)
  for (const link of await readGitlinks(join(admin, 'index'), { hashBytes })) {
    const submodule = { tree: join(tree, link.path), commit: link.commit }
    // One that was left out is an empty folder, or none.
    if ((await namesIn(submodule.tree)).length === 0) continue
    if (!(await hasCommittedFiles(git, submodule))) return false
    if (!(await hasCommittedSubmodules(git, submodule))) return false
  }
  return true
}
