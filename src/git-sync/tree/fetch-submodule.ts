import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { type Git, type GitError, gitError } from '#git-sync/git/git.ts'
import { localOptions } from '#git-sync/git/local.ts'
import { type Commit, nextRef } from '#git-sync/git/refs.ts'
import { withoutLogin } from '#git-sync/git/repository-url.ts'
import { removeUnfinishedPacksOf } from '#git-sync/git/unfinished.ts'
import type { Clock } from '#kit/clock.ts'
import type { Log } from '#kit/log.ts'
import { tellProgress } from './progress.ts'

export interface SubmoduleFetch {
  /** Works in the store, with the login for the URL. */
  readonly git: Git
  readonly store: string
  readonly url: string
  readonly commit: Commit
  /** Commits of history; 0 is all of it. */
  readonly depth: number
  readonly log: Log
  readonly clock: Clock
}

/** Hosts that give a commit only when a branch or tag names it say it in these ways. */
const refusesHashes = /unadvertised object|want [\da-f]+ not valid/i
const notThere = /not our ref|TF401035/i

/**
 * Brings a commit into its store. Where the host gives none by its hash it is looked for below all
 * branches and tags, at last without a limit of history.
 * @throws GitError with what git said.
 */
export async function fetchSubmodule(fetch: SubmoduleFetch): Promise<void> {
  const { commit, depth } = fetch
  const limit = depth > 0 ? ['--depth', String(depth)] : []
  const said = await attempt(fetch, [`+${commit}:${nextRef}`, ...limit])
  if (said === null) return
  if (!refusesHashes.test(said.message) && !notThere.test(said.message)) throw said
  await demand(fetch, [...everything, ...limit])
  if (await hasCommit(fetch)) return
  if (!refusesHashes.test(said.message)) throw said
  if (depth > 0) {
    const isShallow = await stat(join(fetch.store, 'shallow')).catch(() => null)
    await demand(fetch, [...everything, ...(isShallow === null ? [] : ['--unshallow'])])
    if (await hasCommit(fetch)) return
  }
  throw said
}

/** Kept apart by URL, and held: the next fetch sends the change only. */
const everything = [
  '+refs/heads/*:refs/sync/heads/*',
  '+refs/tags/*:refs/sync/tags/*',
  '--prune',
] as const

/** True when the store has the commit, whoever brought it. */
export async function hasCommit({
  git,
  commit,
}: Pick<SubmoduleFetch, 'git' | 'commit'>): Promise<boolean> {
  return (await git.attempt(['cat-file', '-e', `${commit}^{commit}`])).code === 0
}

async function demand(fetch: SubmoduleFetch, what: readonly string[]): Promise<void> {
  const error = await attempt(fetch, what)
  if (error !== null) throw error
}

async function attempt(fetch: SubmoduleFetch, what: readonly string[]): Promise<GitError | null> {
  const { git, store, url, commit } = fetch
  const args = ['fetch', url, ...what, '--no-tags', '--no-auto-gc', '--progress']
  const progress = tellProgress({ ...fetch, doing: 'fetching' })
  const finished = await git
    .attempt([...args, ...localOptions(url)], { onStderrLine: progress.line })
    .finally(progress.end)
  if (finished.code === 0) return null
  if (git.alone) await removeUnfinishedPacksOf(store)
  return gitError(`Cannot fetch ${commit} from ${withoutLogin(url)}`, finished)
}
