import { rm, writeFile } from 'node:fs/promises'
import { runChild } from '#test/fixtures/child.ts'
import { createRepository, type Repository } from '#test/fixtures/repository.ts'
import type { TemporaryFolder } from '#test/fixtures/temp.ts'
import { changeFiles, goBack, oneOf, type Random } from './spare-changes.ts'
import { freshCheckout, wholeOf } from './spare-checkout.ts'
import { submodulesHistory } from './spare-history-submodules.ts'

/** Commits of one kind of repository, one after the other, and what git makes of each. */
export interface History extends AsyncDisposable {
  readonly repository: Repository
  /** For git-sync. */
  readonly flags: readonly string[]
  /** Pushes something new, or goes back to an earlier commit; gives the hash. */
  next(earlier: readonly string[]): Promise<string>
  /** What a git that knows nothing of ours checks out of a commit. */
  fresh(commit: string): Promise<ReadonlyMap<string, string>>
  /** Changes what shapes a tree beside its commit; true when it did. */
  reshape?(): Promise<boolean>
}

export interface HistoryOptions {
  readonly random: Random
  readonly folder: TemporaryFolder
}

export const histories = {
  plain: plainHistory,
  sparse: sparseHistory,
  filtered: filteredHistory,
  submodules: submodulesHistory,
} as const satisfies Record<string, (options: HistoryOptions) => Promise<History>>

async function plainHistory({ random, folder }: HistoryOptions): Promise<History> {
  const repository = await createRepository()
  return {
    repository,
    flags: [],
    next: (earlier) => nextCommit(repository, { random, earlier }),
    fresh: (commit) => freshCheckout(repository, { commit, at: folder.at('fresh') }),
    [Symbol.asyncDispose]: repository.remove,
  }
}

/** Files come when they are needed. */
async function filteredHistory(options: HistoryOptions): Promise<History> {
  const history = await plainHistory(options)
  const { path, git } = history.repository
  await git('--git-dir', path, 'config', 'uploadpack.allowFilter', 'true')
  return { ...history, flags: ['--filter=blob:none'] }
}

/** Those of whole folders git compares in another way. */
const patterns = [
  '/*\n!/*/\n/docs/\n',
  '/*\n!/*/\n/many/\n/b/\n',
  '*.txt\n!docs/two.txt\nb/\n',
  '/b\nreadme\n*/1*.txt\n',
] as const

async function sparseHistory(options: HistoryOptions): Promise<History> {
  const { random, folder } = options
  const history = await plainHistory(options)
  const { repository } = history
  const file = folder.at('patterns')
  let wanted: string = patterns[0]
  await writeFile(file, wanted)
  return {
    ...history,
    flags: [`--sparse-checkout-file=${file}`],
    async fresh(commit) {
      const at = folder.at('fresh')
      const git = (...args: readonly string[]) => runChild(['git', ...args], repository)
      await git('clone', '--quiet', '--shared', '--no-checkout', repository.url, at)
      await git('-C', at, 'config', 'core.sparseCheckout', 'true')
      await git('-C', at, 'config', 'core.sparseCheckoutCone', 'true')
      await writeFile(`${at}/.git/info/sparse-checkout`, wanted)
      await git('-C', at, 'checkout', '--quiet', '--detach', commit)
      const found = wholeOf(at)
      await rm(at, { recursive: true })
      return found
    },
    async reshape() {
      if (random() > 0.1) return false
      const others = patterns.filter((one) => one !== wanted)
      wanted = oneOf(random, others as unknown as readonly [string, ...string[]])
      await writeFile(file, wanted)
      return true
    },
  }
}

async function nextCommit(
  repository: Repository,
  { random, earlier }: { readonly random: Random; readonly earlier: readonly string[] },
): Promise<string> {
  if (random() < 0.1 && earlier.length > 3) {
    return goBack(repository, oneOf(random, [...earlier] as [string]))
  }
  await changeFiles(repository.work, random)
  const commit = await repository.commit({})
  await repository.push({ force: true })
  return commit
}
