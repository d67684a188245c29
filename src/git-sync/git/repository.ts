import { existsSync } from 'node:fs'
import { lstat, mkdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { codeOf, namesIn } from '#kit/files.ts'
import type { Log } from '#kit/log.ts'
import { type Git, gitError } from './git.ts'
import { type Commit, currentRef, type ObjectFormat, toCommit } from './refs.ts'

/**
 * Looks at the repository in the root; one that git cannot read is moved aside, never deleted.
 * Returns the commit that was published last, or null: `prepareRepository` makes a repository.
 * @throws GitError when git ended before it could tell.
 */
export async function openRepository(git: Git, log: Log): Promise<Commit | null> {
  const found = await lookInto(git)
  if (found.kind === 'repository') return found.commit
  if (found.kind === 'broken') await quarantine(git.root, { log, why: found.why })
  return null
}

/** Makes sure that there is a repository of that format; true when what was there is gone. */
export async function prepareRepository(
  git: Git,
  { format, log }: { readonly format: ObjectFormat; readonly log: Log },
): Promise<boolean> {
  const there = await formatOf(git.root)
  if (there === format) return false
  if (there !== null) await quarantine(git.root, { log, why: `the remote has ${format} objects` })
  const how = ['--quiet', '--template=', `--object-format=${format}`]
  await git.run(`Cannot make a repository in ${git.root}`, ['init', ...how])
  return true
}

/** Moves the repository aside. The one before it is removed: one is kept. */
export async function quarantine(
  root: string,
  { log, why }: { readonly log: Log; readonly why: string },
): Promise<void> {
  if ((await kindOf(join(root, '.git'))) === 'nothing') return
  const folder = join(root, '.quarantine')
  for (const name of await namesIn(folder)) {
    await rm(join(folder, name), { recursive: true, force: true })
  }
  await mkdir(folder, { recursive: true })
  const aside = join(folder, new Date().toISOString().replaceAll(':', '-'))
  await rename(join(root, '.git'), aside)
  log.warn('moved a broken repository aside', { aside, why })
}

type Found =
  | { readonly kind: 'repository'; readonly commit: Commit | null }
  | { readonly kind: 'nothing' }
  | { readonly kind: 'broken'; readonly why: string }

async function lookInto(git: Git): Promise<Found> {
  const kind = await kindOf(join(git.root, '.git'))
  if (kind === 'nothing') return { kind }
  // A file or link would lead git into a repository that is not ours.
  if (kind === 'other') return { kind: 'broken', why: '.git is no folder' }
  const commit = await revParse(git, `${currentRef}^{commit}`)
  if (commit.kind !== 'absent') return commit
  const ref = await revParse(git, currentRef)
  if (ref.kind === 'absent') return { kind: 'repository', commit: null }
  return { kind: 'broken', why: `the commit of ${currentRef} is missing` }
}

async function revParse(git: Git, name: string): Promise<Found | { readonly kind: 'absent' }> {
  const finished = await git.attempt(['--git-dir=.git', 'rev-parse', '--verify', '--quiet', name])
  if (finished.code === 0) return { kind: 'repository', commit: toCommit(finished.stdout) }
  // 1: a repository in which that is not; 128: no repository that git can read
  if (finished.code === 1) return { kind: 'absent' }
  if (finished.code === 128) return { kind: 'broken', why: finished.stderr.trim() }
  // Stopped or killed: that says nothing about the repository.
  throw gitError(`Cannot look into the repository in ${git.root}`, finished)
}

/** True when the root has a repository of its own: not a file or link that leads to another. */
export async function hasRepository(root: string): Promise<boolean> {
  return (await kindOf(join(root, '.git'))) === 'folder'
}

/**
 * False when one of the three things is gone without which git sees no repository: a cheap look for
 * each poll, so that a repository of which somebody deleted a part is not found lost by the next push.
 * https://git-scm.com/docs/gitrepository-layout
 */
export function looksLikeRepository(gitDir: string): boolean {
  return ['HEAD', 'objects', 'refs'].every((name) => existsSync(join(gitDir, name)))
}

/** Of the repository in the root; null when there is none. */
async function formatOf(root: string): Promise<ObjectFormat | null> {
  try {
    const config = await readFile(join(root, '.git', 'config'), 'utf8')
    return /^\s*objectformat\s*=\s*sha256\s*$/im.test(config) ? 'sha256' : 'sha1'
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null
    throw error
  }
}

async function kindOf(path: string): Promise<'folder' | 'other' | 'nothing'> {
  try {
    return (await lstat(path)).isDirectory() ? 'folder' : 'other'
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return 'nothing'
    throw error
  }
}
