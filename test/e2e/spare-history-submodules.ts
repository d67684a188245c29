import { rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { createRepository, type Repository } from '#test/fixtures/repository.ts'
import { fromPaths, type Link, publishLinks } from './git-sync-submodules-run.ts'
import { changeFiles, goBack, oneOf, type Random } from './spare-changes.ts'
import { wholeOf } from './spare-checkout.ts'
import type { History, HistoryOptions } from './spare-history.ts'

/** A submodule, and the repository that has its commit. */
interface Place extends Link {
  readonly repository: Repository
}

type Places = Readonly<Record<string, Place>>

const paths = ['mod/a', 'mod/b', 'deep/er/c', 'swap'] as const

/** A repository with submodules, of which some have one of their own. */
export async function submodulesHistory({ random, folder }: HistoryOptions): Promise<History> {
  const [around, outer, inner] = await Promise.all([
    createRepository(),
    createRepository(),
    createRepository(),
  ])
  const repositories = [around, outer, inner]
  /** Of each commit of each repository. */
  const placesAt = new Map<string, Places>()
  const commitsOf = new Map<Repository, string[]>()

  async function publish(repository: Repository, places: Places): Promise<string> {
    const isFile = repository === around && places.swap === undefined && random() < 0.5
    const commit = await publishLinks(repository, places, isFile ? { swap: 'a file\n' } : {})
    placesAt.set(commit, places)
    commitsOf.set(repository, [...(commitsOf.get(repository) ?? []), commit])
    return commit
  }

  /** Of one of its commits. */
  function placeOf(repository: Repository, { newest }: { readonly newest: boolean }): Place {
    const commits = commitsOf.get(repository) as [string, ...string[]]
    const commit = newest ? (commits.at(-1) ?? commits[0]) : oneOf(random, commits)
    // All are two folders below one and the same.
    const above = dirname(dirname(repository.path))
    const beside = `../..${repository.path.slice(above.length)}`
    const url = oneOf(random, [repository.url, repository.path, beside])
    const settings = oneOf<Record<string, string>>(random, [{}, {}, {}, { shallow: 'true' }])
    return { repository, commit, url, settings }
  }

  async function grow(repository: Repository, before: Places): Promise<void> {
    await changeFiles(repository.work, random)
    await publish(repository, before)
  }

  async function growOne(): Promise<void> {
    if (random() < 0.5) return grow(inner, {})
    const link =
      random() < 0.3 ? {} : { 'in/side': moved(random, placeOf(inner, { newest: true })) }
    return grow(outer, link)
  }

  function changePlaces(before: Places): Places {
    const places = new Map(Object.entries(before))
    for (const [path, place] of places) {
      if (random() > 0.5) continue
      const { commit } = placeOf(place.repository, { newest: random() < 0.7 })
      places.set(path, { ...place, commit })
    }
    if (random() > 0.25) return Object.fromEntries(places)
    const path = oneOf(random, paths)
    if (random() < 0.3) places.delete(path)
    else places.set(path, moved(random, placeOf(oneOf(random, [outer, inner]), { newest: true })))
    return Object.fromEntries(places)
  }

  await publish(inner, {})
  await publish(outer, { 'in/side': placeOf(inner, { newest: true }) })
  await publish(around, { 'mod/a': placeOf(outer, { newest: true }) })

  return {
    repository: around,
    flags: [fromPaths],
    async next(earlier) {
      const before = placesAt.get(await around.resolve()) ?? {}
      if (random() < 0.08 && earlier.length > 3) {
        return goBack(around, oneOf(random, [...earlier] as [string]))
      }
      if (random() < 0.5) await growOne()
      if (random() < 0.5) await changeFiles(around.work, random)
      return publish(around, changePlaces(before))
    },
    async fresh(commit) {
      const at = folder.at('fresh')
      await checkOut({ repository: around, commit }, at)
      const found = wholeOf(at)
      await rm(at, { recursive: true })
      return found
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(repositories.map((repository) => repository.remove()))
    },
  }

  async function checkOut(
    { repository, commit }: Pick<Place, 'repository' | 'commit'>,
    at: string,
  ) {
    const git = (...args: readonly string[]) =>
      repository.git('--git-dir', repository.path, ...args)
    await git('worktree', 'prune', '--expire=now')
    await git('worktree', 'add', '--quiet', '--force', '--detach', at, commit)
    for (const [path, place] of Object.entries(placesAt.get(commit) ?? {})) {
      if (place.settings?.update !== 'none') await checkOut(place, join(at, path))
    }
  }
}

/** Some are left out. */
function moved(random: Random, place: Place): Place {
  return random() < 0.1 ? { ...place, settings: { update: 'none' } } : place
}
