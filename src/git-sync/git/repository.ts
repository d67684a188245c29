import { mkdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { codeOf, namesIn } from '#kit/files.ts'
import type { Log } from '#kit/log.ts'
import type { Git } from './git.ts'
import { type Commit, currentRef, toCommit } from './refs.ts'

/**
 * Makes sure that the root holds a repository that git can read; one that it cannot is moved aside,
 * never deleted. Returns the commit that was published last, or null.
 */
export async function openRepository(git: Git, log: Log): Promise<Commit | null> {
  const found = await lastPublished(git)
  if (found.kind === 'repository') return found.commit
  if (await exists(join(git.root, '.git'))) await quarantine(git.root, { log, why: found.why })
  await git.run(`Cannot make a repository in ${git.root}`, ['init', '--quiet', '--template='])
  return null
}

/** Moves the repository aside. The one before it is removed: one is kept. */
export async function quarantine(
  root: string,
  { log, why }: { readonly log: Log; readonly why: string },
): Promise<void> {
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
  | { readonly kind: 'none'; readonly why: string }

async function lastPublished(git: Git): Promise<Found> {
  const finished = await git.attempt([
    '--git-dir=.git',
    'rev-parse',
    '--verify',
    '--quiet',
    `${currentRef}^{commit}`,
  ])
  if (finished.code === 0) return { kind: 'repository', commit: toCommit(finished.stdout) }
  // 1: a repository in which the ref is not; 128: no repository that git can read
  if (finished.code === 1) return { kind: 'repository', commit: null }
  return { kind: 'none', why: finished.stderr.trim() }
}

/** True when the commit and all it reaches down to its files are there. */
export async function isSound(git: Git): Promise<boolean> {
  const finished = await git.attempt([
    'fsck',
    '--connectivity-only',
    '--no-dangling',
    '--no-progress',
  ])
  return finished.code === 0
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path)
    return true
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false
    throw error
  }
}
