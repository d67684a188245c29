import { expect, test } from 'bun:test'
import { realpath } from 'node:fs/promises'
import { createRepository } from '#test/fixtures/repository.ts'
import { seeded } from '#test/fixtures/seeded.ts'
import { temporaryFolder } from '#test/fixtures/temp.ts'
import { until } from '#test/fixtures/until.ts'
import { errorsOf, startGitSync, untilPublished } from './git-sync-run.ts'
import { freshCheckout, harm, nextCommit, wholeOf } from './spare-history.ts'

const commits = Number(process.env.SPARE_COMMITS ?? 60)
const seed = Number(process.env.SPARE_SEED ?? 7)

test(
  'whatever changed, and whatever was done in a tree, each published tree is a fresh checkout',
  async () => {
    await using repository = await createRepository()
    await using folder = temporaryFolder('spare')
    const root = folder.at('root')
    const site = `${root}/site`
    const flags = ['--spare-grace=100ms', '--verbose=1', '--git-gc=off', '--period=20ms']
    await using sidecar = startGitSync({ repo: repository.url, root, flags })
    const said = (words: string, commit: string): boolean =>
      sidecar.stderr.some((line) => line.includes(words) && line.includes(commit))
    const random = seeded(seed)
    const earlier = [await repository.resolve()]
    let served = earlier[0] ?? ''
    await untilPublished(site, served)
    for (let number = 0; number < commits; number++) {
      await harm(await realpath(site), random)
      // Faster than the grace, or only when there is a second tree.
      const isPatient = random() < 0.7
      const ready = () => said('a second tree is ready', served) || null
      if (isPatient) await until(ready, { what: `a second tree of ${served}, commit ${number}` })
      const next = await nextCommit(repository, { random, earlier })
      if (next === served) continue
      await untilPublished(site, next)
      const fresh = await freshCheckout(repository, { commit: next, at: folder.at('fresh') })
      expect(
        differences(wholeOf(await realpath(site)), fresh),
        `commit ${number} of seed ${seed}: ${next}, from ${served}`,
      ).toEqual([])
      served = next
      earlier.push(next)
    }
    const brought = sidecar.stderr.filter((line) => line.includes('brought the second tree'))
    expect(brought.length).toBeGreaterThan(commits / 4)
    expect(errorsOf(sidecar)).toEqual([])
  },
  commits * 3000,
)

/** Paths whose mode or content differ. */
function differences(
  one: ReadonlyMap<string, string>,
  other: ReadonlyMap<string, string>,
): readonly string[] {
  return [...new Set([...one.keys(), ...other.keys()])]
    .filter((path) => one.get(path) !== other.get(path))
    .map((path) => `${path}: ${one.get(path)?.slice(0, 60)} | ${other.get(path)?.slice(0, 60)}`)
}
