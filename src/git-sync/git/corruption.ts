import { type Git, GitError } from './git.ts'

/** A git that was refused memory, room or leave says nothing about the repository. */
const refused =
  /No space left|quota exceeded|Permission denied|Read-only file|Too many open files|out of memory|Cannot allocate|unable to create thread/i

/** What git says of an object that is there and cannot be read, or that ought to be there. */
const unreadable =
  /is corrupt|inflate|unable to read|bad object|missing blob|loose object|is empty/i

/** The same in a fetch: the host's objects may be the broken ones, ours are named by their place. */
const unreadableHere =
  /(local object \w+|\(stored in \.git\/.*\)) is corrupt|file \.git\/\S+ is (far too short|not a GIT)/

/** What stops git before it can look at any object. */
const unusable =
  /not a git repository|bad (config|shallow|signature|index|tree|ref)|\.git\/packed-refs|invalid/i

/**
 * True when this failure itself tells that the repository is broken. No check of ours would find
 * that: asking git about every blob takes as long as the repository is large.
 */
export function tellsOfCorruption(error: unknown): boolean {
  if (!(error instanceof GitError) || error.finished?.ended !== 'by-itself') return false
  const { argv, stderr } = error.finished
  if (refused.test(stderr)) return false
  return (argv.includes('fetch') ? unreadableHere : unreadable).test(stderr)
}

/** False only when git says so: a check that was stopped, killed or refused found nothing wrong. */
export async function isSound(git: Git, gitDir = '.git'): Promise<boolean> {
  const { code, ended, stderr } = await git.attempt([
    `--git-dir=${gitDir}`,
    'fsck',
    '--connectivity-only',
    '--no-dangling',
    '--no-progress',
  ])
  if (ended !== 'by-itself' || code === null || code === 0) return true
  if (code === 128)
    return refused.test(stderr) || !(unreadable.test(stderr) || unusable.test(stderr))
  // Below, each bit is a kind of damage; above are the codes of shells and wrappers.
  return code > 125
}
