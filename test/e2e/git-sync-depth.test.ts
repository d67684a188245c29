import { afterAll, expect, setDefaultTimeout } from 'bun:test'
import { existsSync } from 'node:fs'
import { runChild } from '#test/fixtures/child.ts'
import { startGitHttp } from '#test/fixtures/git-http.ts'
import { needs } from '#test/fixtures/needs.ts'
import { createRepository, type Repository } from '#test/fixtures/repository.ts'
import { temporaryFolder } from '#test/fixtures/temp.ts'
import { expectServes, fingerprint, inTree, syncOnce } from './git-sync-run.ts'

setDefaultTimeout(30_000)

const { test } = needs('nginx', 'fcgiwrap')
const folder = temporaryFolder('depth')
afterAll(() => folder.remove())

async function commitsAt(link: string, own: Repository): Promise<number> {
  return Number(await inTree(link, own, 'rev-list', '--count', 'HEAD'))
}

for (const objectFormat of ['sha1', 'sha256'] as const) {
  for (const transport of ['http', 'file'] as const) {
    test(`another depth takes effect at a restart, over ${transport} with ${objectFormat}`, async () => {
      await using own = await createRepository({ objectFormat, files: { a: '1\n' } })
      for (const a of ['2\n', '3\n', '4\n']) await own.publish({ a })
      await using server = await startGitHttp(own)
      const repo = transport === 'http' ? server.url : own.url
      const root = folder.at(`${transport}-${objectFormat}`)
      const link = `${root}/site`
      let before: readonly string[] | null = null
      for (const [depth, commits] of [
        [1, 1],
        [2, 2],
        [1, 1],
        [0, 4],
        [3, 3],
      ] as const) {
        const once = await syncOnce({ repo, root, flags: [`--depth=${depth}`] })
        expect(once).toMatchObject({ code: 0, errors: [] })
        expect({ depth, commits: await commitsAt(link, own) }).toEqual({ depth, commits })
        expect(existsSync(`${root}/.git/shallow`)).toBe(depth !== 0)
        // it is the history that changes, not the tree
        before ??= fingerprint(link)
        expect(fingerprint(link)).toEqual(before)
      }
    })
  }
}

test('without --depth one commit is fetched, and all of them with 0', async () => {
  await using own = await createRepository({ files: { a: '1\n' } })
  await own.publish({ a: '2\n' })
  const env = { GIT_SYNC_DEPTH: '0' }
  const [one, all] = [folder.at('usual'), folder.at('all')]
  expect(await syncOnce({ repo: own.url, root: one })).toMatchObject({ code: 0, errors: [] })
  expect(await commitsAt(`${one}/site`, own)).toBe(1)
  expect(await syncOnce({ repo: own.url, root: all, env })).toMatchObject({ code: 0 })
  expect(await commitsAt(`${all}/site`, own)).toBe(2)
})

test('each run that moves on leaves one tree and one pack, with any history', async () => {
  await using own = await createRepository({ files: { a: 'first\n' } })
  const root = folder.at('one-pack')
  const link = `${root}/site`
  const git = (...args: readonly string[]) => runChild(['git', '-C', root, ...args], own)
  let commits = 1
  for (const depth of [1, 0, 0, 1, 2, 2, 0, 1]) {
    const before = await own.resolve()
    const next = await own.publish({ a: `${commits++}\n`, [`new-${commits}`]: 'x\n' })
    const flags = [`--depth=${depth}`]
    expect(await syncOnce({ repo: own.url, root, flags })).toMatchObject({ code: 0, errors: [] })
    await expectServes(link, own, next)
    const history = depth === 0 ? commits : Math.min(depth, commits)
    expect({ depth, commits: await commitsAt(link, own) }).toEqual({ depth, commits: history })
    const counted = (await git('count-objects', '-v')).split('\n')
    expect(counted).toEqual(expect.arrayContaining(['count: 0', 'packs: 1', 'garbage: 0']))
    const old = await git('cat-file', '-t', before).catch(() => 'gone')
    expect(old.trim()).toBe(depth === 1 ? 'gone' : 'commit')
    expect(await git('fsck', '--no-dangling', '--no-progress', '--unreachable')).toBe('')
    expect((await git('worktree', 'list')).trim().split('\n')).toHaveLength(2)
  }
})
