import { rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { type Git, gitError } from '#git-sync/git/git.ts'
import { localOptions, promisorOf } from '#git-sync/git/local.ts'
import { type Commit, nextRef, toCommit } from '#git-sync/git/refs.ts'
import { removeUnfinishedPacks } from '#git-sync/git/unfinished.ts'
import type { Clock } from '#kit/clock.ts'
import type { Log } from '#kit/log.ts'
import type { Layout } from './layout.ts'
import { tellProgress } from './progress.ts'

export interface FetchOptions {
  readonly git: Git
  readonly layout: Layout
  readonly url: string
  /** Commits of history; 0 is all of it. */
  readonly depth: number
  /** Which objects git leaves out until they are needed, in its own words; empty for none. */
  readonly filter: string
  readonly log: Log
  readonly clock: Clock
}

/** A commit that git has with all its files. */
export interface Fetched {
  readonly commit: Commit
}

/**
 * Brings the ref's objects. The commit that git then holds is the truth: the ref may have moved
 * since somebody asked where it is.
 * @throws GitError with what git said.
 */
export async function fetchRef(ref: string, options: FetchOptions): Promise<Fetched> {
  const { git, layout, url } = options
  const args = await fetchOf(ref, options)
  const progress = tellProgress({ ...options, url, doing: 'fetching' })
  const finished = await git.attempt(args, { onStderrLine: progress.line }).finally(progress.end)
  if (finished.code !== 0) {
    if (git.alone) await removeUnfinishedPacks(layout.root)
    throw gitError(`Cannot fetch ${ref} from ${url}`, finished)
  }
  if (options.depth > 0) await removeCommitGraph(layout)
  const text = await git.run(`Cannot find a commit in ${ref}`, [
    'rev-parse',
    '--verify',
    `${nextRef}^{commit}`,
  ])
  return { commit: toCommit(text) }
}

async function fetchOf(
  ref: string,
  { layout, url, depth, filter }: FetchOptions,
): Promise<readonly string[]> {
  const from = filter === '' ? url : promisorOf(url)
  const args = ['fetch', from, `+${ref}:${nextRef}`, '--no-tags', '--no-auto-gc', '--progress']
  args.push(...localOptions(url))
  // Without a word of it git would filter as it did the last time.
  args.push(filter === '' ? '--no-filter' : `--filter=${filter}`)
  if (depth > 0) args.push('--depth', String(depth))
  else if (await isShallow(layout)) args.push('--unshallow')
  return args
}

/**
 * Git writes a graph of commits while it has all of them, and none after it has few: an old one
 * names commits that are gone, and a check of the repository would find it damaged.
 */
async function removeCommitGraph({ gitDir }: Layout): Promise<void> {
  for (const name of ['commit-graph', 'commit-graphs']) {
    await rm(join(gitDir, 'objects', 'info', name), { recursive: true, force: true })
  }
}

function isShallow(layout: Layout): Promise<boolean> {
  return stat(join(layout.gitDir, 'shallow')).then(
    () => true,
    () => false,
  )
}
