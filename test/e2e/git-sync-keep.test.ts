import { afterAll, expect, setDefaultTimeout, test } from 'bun:test'
import { readdirSync, statSync } from 'node:fs'
import { runChild } from '#test/fixtures/child.ts'
import { createRepository, type Repository } from '#test/fixtures/repository.ts'
import { temporaryFolder } from '#test/fixtures/temp.ts'
import { until } from '#test/fixtures/until.ts'
import {
  errorsOf,
  expectServes,
  fingerprint,
  inTree,
  startGitSync,
  syncOnce,
  untilPublished,
} from './git-sync-run.ts'
import { brought, follow, untilReady } from './spare-run.ts'

setDefaultTimeout(60_000)

const folder = temporaryFolder('keep')
afterAll(() => folder.remove())

const quick = ['--spare-grace=50ms', '--period=20ms', '--verbose=1'] as const

/** Commits whose trees are there under their names. */
function treesIn(root: string): readonly string[] {
  return readdirSync(`${root}/.worktrees`).filter((name) => /^[\da-f]{40}$/.test(name))
}

async function untilTrees(root: string, commits: readonly string[]): Promise<void> {
  const wanted = commits.toSorted().join()
  await until(() => treesIn(root).toSorted().join() === wanted || null, {
    what: `trees ${wanted}; there are ${treesIn(root)}`,
  })
}

async function expectKept(root: string, repository: Repository, commit: string): Promise<void> {
  const tree = `${root}/.worktrees/${commit}`
  expect(await inTree(tree, repository, 'status', '--porcelain')).toBe('')
  expect(await inTree(tree, repository, 'rev-parse', 'HEAD')).toBe(`${commit}\n`)
  await inTree(tree, repository, 'archive', '--output=/dev/null', 'HEAD')
}

test('the newest trees of earlier commits stay, as many as --keep says', async () => {
  await using repository = await createRepository({ files: { a: '0\n', 'b/c': 'c\n' } })
  const root = folder.at('root')
  const commits = [await repository.resolve()]
  {
    await using sidecar = startGitSync({
      repo: repository.url,
      root,
      flags: [...quick, '--keep=2'],
    })
    await untilPublished(`${root}/site`, commits[0] ?? '')
    for (const text of ['1\n', '2\n', '3\n', '4\n']) {
      await untilReady(sidecar, await repository.resolve())
      commits.push(await follow(repository, { root, changes: { a: text } }))
      await untilTrees(root, commits.slice(-3))
    }
    // what is not kept any more is the second tree, and becomes the next one
    expect(brought(sidecar)).toEqual(commits.slice(1))
    await sidecar.stop()
    expect(errorsOf(sidecar)).toEqual([])
  }
  const [second, third, served] = commits.slice(-3) as [string, string, string]
  for (const commit of [second, third]) await expectKept(root, repository, commit)
  const before = [second, third].map((commit) => fingerprint(`${root}/.worktrees/${commit}`))
  const restarted = async (keep: number, kept: readonly string[]): Promise<void> => {
    const flags = [...quick, `--keep=${keep}`]
    await using sidecar = startGitSync({ repo: repository.url, root, flags })
    await untilReady(sidecar, served)
    await untilTrees(root, [...kept, served])
  }
  await restarted(2, [second, third])
  const after = [second, third].map((commit) => fingerprint(`${root}/.worktrees/${commit}`))
  expect(after).toEqual(before)
  await restarted(1, [third])
  await restarted(0, [])
  await runChild(['git', '-C', root, 'fsck', '--full'], repository)
})

test('a kept tree whose commit is served again is not two', async () => {
  await using repository = await createRepository()
  const root = folder.at('back')
  const first = await repository.resolve()
  const flags = ['--keep=3']
  await syncOnce({ repo: repository.url, root, flags })
  const second = await repository.publish({ 'index.html': 'two\n' })
  await syncOnce({ repo: repository.url, root, flags })
  const { ino } = statSync(`${root}/.worktrees/${second}`)
  await repository.branch('main', first)
  await syncOnce({ repo: repository.url, root, flags })
  await expectServes(`${root}/site`, repository, first)
  expect(readdirSync(`${root}/.worktrees`).toSorted()).toEqual([first, second].toSorted())
  expect(statSync(`${root}/.worktrees/${second}`).ino).toBe(ino)
})

test('a repack keeps what kept trees are made of', async () => {
  await using repository = await createRepository()
  const root = folder.at('repack')
  const kept = await repository.resolve()
  const flags = [...quick, '--keep=40', '--git-gc=always']
  await using sidecar = startGitSync({ repo: repository.url, root, flags })
  await untilPublished(`${root}/site`, kept)
  const [pack] = readdirSync(`${root}/.git/objects/pack`)
  const hasPack = (): boolean => readdirSync(`${root}/.git/objects/pack`).includes(pack ?? '')
  for (let count = 0; count < 30 && hasPack(); count++) {
    await follow(repository, { root, changes: { 'index.html': `${count}\n` } })
  }
  expect(hasPack()).toBe(false)
  await sidecar.stop()
  expect(errorsOf(sidecar)).toEqual([])
  expect(treesIn(root)).toContain(kept)
  for (const commit of treesIn(root)) await expectKept(root, repository, commit)
})
