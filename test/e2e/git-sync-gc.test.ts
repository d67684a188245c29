import { afterAll, expect, setDefaultTimeout, test } from 'bun:test'
import { randomBytes } from 'node:crypto'
import { runChild } from '#test/fixtures/child.ts'
import { createRepository } from '#test/fixtures/repository.ts'
import { temporaryFolder } from '#test/fixtures/temp.ts'
import { expectServes, syncOnce } from './git-sync-run.ts'

setDefaultTimeout(30_000)

const folder = temporaryFolder('gc')
afterAll(() => folder.remove())

/** Files that are nearly the same: a pack of them is small while each is told by its difference. */
const base = randomBytes(20_000)
const alike = Object.fromEntries(
  Array.from({ length: 8 }, (_, index) => [`f${index}`, Buffer.concat([base, randomBytes(8)])]),
)
const smallKib = 60
const repository = await createRepository({ files: { ...alike, a: 'first\n' } })
const first = await repository.resolve()
const second = await repository.publish({ a: 'second\n' })
afterAll(() => repository.remove())

interface Left {
  readonly packs: number
  readonly keepsOld: boolean
  readonly isSmall: boolean
}

/** What a root holds when it has moved from the first commit to the second. */
async function leftBy(...flags: readonly string[]): Promise<Left> {
  const root = folder.at(`root-${crypto.randomUUID()}`)
  await repository.branch('main', first)
  await syncOnce({ repo: repository.url, root })
  await repository.branch('main', second)
  const moved = await syncOnce({ repo: repository.url, root, flags })
  expect(moved).toMatchObject({ code: 0, errors: [] })
  await expectServes(`${root}/site`, repository, second)
  const git = (...args: readonly string[]) => runChild(['git', '-C', root, ...args], repository)
  const counts = await git('count-objects', '-v')
  const count = (name: string): number =>
    Number(new RegExp(`^${name}: (\\d+)$`, 'm').exec(counts)?.[1])
  expect(count('count')).toBe(0)
  return {
    packs: count('packs'),
    keepsOld: await git('cat-file', '-e', first).then(
      () => true,
      () => false,
    ),
    isSmall: count('size-pack') < smallKib,
  }
}

const cleaned: Left = { packs: 1, keepsOld: false, isSmall: true }
const untouched: Left = { packs: 2, keepsOld: true, isSmall: true }
const fewPacks = '--git-config=gc.autoPackLimit:1'
const wholeFiles = '--git-config=core.bigFileThreshold:1k'

test('the repository is cleaned after each change, unless --git-gc says otherwise', async () => {
  expect(await leftBy()).toEqual(cleaned)
  expect(await leftBy('--git-gc=always')).toEqual(cleaned)
  expect(await leftBy('--git-gc=always', wholeFiles)).toEqual(cleaned)
})

test('--git-gc=off cleans nothing', async () => {
  expect(await leftBy('--git-gc=off')).toEqual(untouched)
  expect(await leftBy('--git-gc=off', fewPacks)).toEqual(untouched)
})

test('--git-gc=auto cleans when git finds that there is much', async () => {
  expect(await leftBy('--git-gc=auto')).toEqual(untouched)
  expect(await leftBy('--git-gc=auto', fewPacks)).toEqual(cleaned)
})

test('--git-gc=aggressive packs all objects anew, in its own way', async () => {
  expect(await leftBy('--git-gc=aggressive')).toEqual(cleaned)
  expect(await leftBy('--git-gc=aggressive', wholeFiles)).toEqual({ ...cleaned, isSmall: false })
})
