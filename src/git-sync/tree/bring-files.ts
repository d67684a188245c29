import { utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Git, gitError } from '#git-sync/git/git.ts'
import type { Commit } from '#git-sync/git/refs.ts'
import type { Clock } from '#kit/clock.ts'
import { withoutWorkers } from './checkout-git.ts'
import { indexOf, keepIndex } from './kept-index.ts'
import { patternsOf } from './sparse.ts'
import { storeOf } from './submodule-stores.ts'

/** The files of one repository where nobody sees them: of a tree without its submodules, or of one. */
export interface Files {
  readonly commit: Commit
  readonly path: string
  /** Their private folder. */
  readonly admin: string
}

export interface BringFilesOptions {
  readonly git: Git
  readonly commit: Commit
  /** The submodules in it are filled, too. */
  readonly fillsSubmodules: boolean
  readonly clock: Clock
}

/** Where they differ, files whose content is the same may have to be written in another way. */
const attributes = ':(top,glob)**/.gitattributes'
/** Where it differs, submodules may come from elsewhere. */
const modules = ':(top,literal).gitmodules'

/**
 * Brings files that nobody changed to another commit by what is different between the two; to be
 * kept when all that belongs to them is there.
 * @throws Error when that may not be the same as a fresh checkout. Then they may be of neither.
 */
export async function bringFiles(files: Files, options: BringFilesOptions): Promise<void> {
  const { commit, fillsSubmodules } = options
  const { path, admin } = files
  const git = withoutWorkers(gitAt(files, options.git))
  const both = [files.commit, commit]
  const shaping = fillsSubmodules ? [attributes, modules] : [attributes]
  // In the repository itself, which has no index: git would read all of that first.
  const inRepository = options.git.withMore({ env: { GIT_DIR: storeOf(admin) } })
  const compared = await inRepository.attempt([
    'diff-tree',
    '-r',
    '--quiet',
    ...both,
    '--',
    ...shaping,
  ])
  if (compared.code === 1) throw new Error('attributes or submodules changed')
  const what = `Cannot bring a tree to ${commit}`
  if (compared.code !== 0) throw gitError(what, compared)
  await makeIndexNew(admin, options.clock)
  await git.run(what, ['read-tree', '-m', '-u', ...both], { cwd: path })
  // Where a folder became a file git took the pattern `name/` to mean that: it looked at what stood
  // there before. Once more it sees what is there now.
  const isSparse = (await patternsOf(admin)) !== null
  if (isSparse) await git.run(what, ['read-tree', '-m', '-u', commit], { cwd: path })
}

/**
 * Files that are as new as their index, by the second, git reads again when it writes the index: they
 * may have changed after it was written (https://git-scm.com/docs/racy-git). Of a new tree that is a
 * large part. These did not change, so that the index may be as new as this moment.
 */
async function makeIndexNew(admin: string, clock: Clock): Promise<void> {
  const now = clock.nowMs() / 1000
  await utimes(indexOf(admin), now, now)
}

/** Notes that these files are those of the commit. Who comes after a crash before it finds the old ones. */
export async function keepFiles({ admin, commit }: Files): Promise<void> {
  await writeFile(join(admin, 'HEAD'), `${commit}\n`)
  await keepIndex(admin, commit)
}

/** Git at work on these files, whatever their `.git` says. */
export function gitAt({ path, admin }: Files, git: Git): Git {
  return git.withMore({ env: { GIT_DIR: admin, GIT_WORK_TREE: path } })
}
