import { expect, test } from 'bun:test'
import { realpath } from 'node:fs/promises'
import { killWithDescendants } from '#test/fixtures/kill.ts'
import { seeded } from '#test/fixtures/seeded.ts'
import { temporaryFolder } from '#test/fixtures/temp.ts'
import { until } from '#test/fixtures/until.ts'
import { errorsOf, startGitSync, untilPublished } from './git-sync-run.ts'
import { wholeOf } from './spare-checkout.ts'
import { harm } from './spare-harm.ts'
import { histories } from './spare-history.ts'

const commits = Number(process.env.SPARE_COMMITS ?? 12)
const seed = Number(process.env.SPARE_SEED ?? 7)

for (const [kind, begin] of Object.entries(histories)) {
  test(
    `whatever changed, and whatever was done in a tree, each published tree is a fresh checkout: ${kind}`,
    async () => {
      const random = seeded(seed)
      await using folder = temporaryFolder('spare')
      await using history = await begin({ random, folder })
      const root = folder.at('root')
      const site = `${root}/site`
      const own = ['--spare-grace=100ms', '--verbose=1', '--git-gc=off', '--period=20ms']
      const start = () =>
        startGitSync({ repo: history.repository.url, root, flags: [...own, ...history.flags] })
      let sidecar = start()
      await using _ = { [Symbol.asyncDispose]: async () => void (await sidecar.stop()) }
      const said = (words: string, commit: string): boolean =>
        sidecar.stderr.some((line) => line.includes(words) && line.includes(commit))
      let brought = 0
      const look = (): void => {
        brought += sidecar.stderr.filter((line) => line.includes('brought the second')).length
        expect(errorsOf(sidecar)).toEqual([])
      }

      const earlier = [await history.repository.resolve()]
      let served = earlier[0] ?? ''
      const expectFresh = async (number: number, from: string): Promise<void> => {
        const fresh = await history.fresh(served)
        const differing = async () => differences(wholeOf(await realpath(site)), fresh)
        expect(
          await differing(),
          `commit ${number} of seed ${seed}: ${served}, from ${from}`,
        ).toEqual([])
      }
      await untilPublished(site, served)
      for (let number = 0; number < commits; number++) {
        await harm(await realpath(site), random)
        if (await history.reshape?.()) {
          const fresh = await history.fresh(served)
          const isSo = async () => differences(wholeOf(await realpath(site)), fresh).length === 0
          await until(async () => (await isSo()) || null, { what: `new patterns at ${number}` })
        }
        // Faster than the grace, or only when there is a second tree.
        const isPatient = random() < 0.7
        const ready = () => said('a second tree is ready', served) || null
        if (isPatient) await until(ready, { what: `a second tree of ${served}, commit ${number}` })
        const next = await history.next(earlier)
        const isKilled = random() < 0.06
        if (isKilled) {
          await Bun.sleep(random() * 100)
          killWithDescendants(sidecar.pid)
          await sidecar.exited
          look()
          sidecar = start()
        }
        if (next === served && !isKilled) continue
        await untilPublished(site, next).catch((error: unknown) => {
          look()
          throw error
        })
        const from = served
        served = next
        await expectFresh(number, from)
        earlier.push(next)
      }
      look()
      if (process.env.SPARE_COMMITS) {
        process.stderr.write(`${kind}, seed ${seed}: ${brought} of ${commits} by the second tree\n`)
      }
      expect(brought).toBeGreaterThan(commits / 8)
    },
    commits * 3000,
  )
}

/** Paths whose mode or content differ. */
function differences(
  one: ReadonlyMap<string, string>,
  other: ReadonlyMap<string, string>,
): readonly string[] {
  return [...new Set([...one.keys(), ...other.keys()])]
    .filter((path) => one.get(path) !== other.get(path))
    .map((path) => `${path}: ${one.get(path)?.slice(0, 60)} | ${other.get(path)?.slice(0, 60)}`)
}
