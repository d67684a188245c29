import { afterAll, expect, setDefaultTimeout } from 'bun:test'
import { readFileSync } from 'node:fs'
import { needs } from '#test/fixtures/needs.ts'
import { createRepository } from '#test/fixtures/repository.ts'
import type { Sidecar } from '#test/fixtures/sidecar.ts'
import { temporaryFolder } from '#test/fixtures/temp.ts'
import { until } from '#test/fixtures/until.ts'
import { type Call, traced } from './fsync-run.ts'
import { expectServes, startGitSync, syncOnce } from './git-sync-run.ts'
import { modes, untilTold } from './publish-run.ts'

setDefaultTimeout(60_000)
const { test } = needs('strace')

const folder = temporaryFolder('fsync')
afterAll(() => folder.remove())
let roots = 0
const newRoot = (): string => folder.at(`root-${roots++}`)

/** Files `d/0` to `d/<count - 1>`. */
function manyFiles(count: number): Record<string, string> {
  return Object.fromEntries(Array.from({ length: count }, (_, n) => [`d/${n}`, `${n}\n`]))
}

/** The paths below a folder that were waited for, from there. */
function syncedBelow(calls: readonly Call[], top: string | RegExp): readonly string[] {
  return calls
    .filter(({ name }) => name === 'fsync')
    .map(({ path }) => path.replace(top, '\0'))
    .filter((path) => path.startsWith('\0'))
    .map((path) => path.slice(1))
}

/** A tree under the name that it has while nobody sees it, with the slash behind it. */
const unseenTree = /^.*\/\.worktrees\/new-[0-9a-f]+\/?/

/** What was done until the link flipped for the last time. */
function untilFlip(calls: readonly Call[], link: string): readonly Call[] {
  return calls.slice(
    0,
    calls.findLastIndex(({ path }) => path === link),
  )
}

/** Every call of the first sort has ended when one of the second begins. */
function expectBefore(first: readonly Call[], second: readonly Call[]): void {
  expect(first).not.toEqual([])
  expect(second).not.toEqual([])
  const last = Math.max(...first.map(({ endedAt }) => endedAt))
  expect(last).toBeLessThan(Math.min(...second.map(({ beganAt }) => beganAt)))
}

function untilReady(sidecar: Sidecar, commit: string): Promise<true> {
  const ready = () =>
    sidecar.log().some((line) => line.msg === 'a second tree is ready' && line.commit === commit)
  return until(() => ready() || null, { timeoutMs: 20_000, what: 'the second tree' })
}

test('files are on the disk before folders, and these before the link flips', async () => {
  const files = { 'index.html': 'one\n', 'a/b/c': '1\n', 'a/l': { link: 'b/c' } }
  await using repository = await createRepository({ files })
  const { executable, calls } = await traced(folder)
  const root = newRoot()
  const flags = ['--fsync', '--link=www/site']
  const options = { repo: repository.url, root, flags, executable }
  expect(await syncOnce(options)).toMatchObject({ code: 0, errors: [] })
  const commit = await repository.resolve()
  const all = calls()
  const synced = (what: (path: string) => boolean) =>
    all.filter(({ name, path }) => name === 'fsync' && what(path))
  const renamed = (what: (path: string) => boolean) =>
    all.filter(({ name, path }) => name === 'rename' && what(path))
  const ofTree = synced((path) => unseenTree.test(path))
  const from = (path: string): string => path.replace(unseenTree, '')
  const contents = ofTree.filter(({ path }) => ['.git', 'index.html', 'a/b/c'].includes(from(path)))
  const folders = ofTree.filter(({ path }) => ['', 'a', 'a/b'].includes(from(path)))
  expect([contents.length, folders.length, ofTree.length]).toEqual([3, 3, 6])
  expectBefore(contents, folders)
  const placed = renamed((path) => path === `${root}/.worktrees/${commit}`)
  expectBefore(folders, placed)
  const trees = synced((path) => path === `${root}/.worktrees`)
  expectBefore(placed, trees)
  const [before, ...after] = synced((path) => path === `${root}/www`)
  const flip = renamed((path) => path === `${root}/www/site`)
  expectBefore(trees, flip)
  expectBefore(before === undefined ? [] : [before], flip)
  expectBefore(flip, after)
  // what git knows of the tree, with the name that it has now
  const known = synced((path) => /\/\.git\/worktrees\/new-[^/]*\/(HEAD|index|gitdir)$/.test(path))
  expectBefore(known.slice(-3), flip)
})

test('without --fsync nothing of a tree is waited for', async () => {
  await using repository = await createRepository()
  const { executable, calls } = await traced(folder)
  const root = newRoot()
  expect(await syncOnce({ repo: repository.url, root, executable })).toMatchObject({ code: 0 })
  expect(calls().some(({ path }) => path === `${root}/site`)).toBe(true)
  expect(syncedBelow(calls(), `${root}/.worktrees`)).toEqual([])
})

test('one file of a thousand that changes is the one that is waited for', async () => {
  await using repository = await createRepository({ files: manyFiles(1000) })
  const { executable, calls } = await traced(folder)
  const root = newRoot()
  const flags = ['--fsync', '--verbose=1', '--spare-grace=100ms']
  await using sidecar = startGitSync({ repo: repository.url, root, flags, executable })
  let commit = await repository.resolve()
  await untilTold(sidecar, commit)
  // the first tree, and the second one before anybody needs it
  await untilReady(sidecar, commit)
  expect(syncedBelow(calls(), unseenTree).filter((path) => path.startsWith('d/'))).toHaveLength(
    2000,
  )
  for (const content of ['once\n', 'twice\n']) {
    const before = calls().length
    commit = await repository.publish({ 'd/7': content, 'e/new': content })
    await untilTold(sidecar, commit)
    const flipped = untilFlip(calls(), `${root}/site`).slice(before)
    expect(syncedBelow(flipped, unseenTree).toSorted()).toEqual(
      ['', '.git', 'd', 'd/7', 'e', 'e/new'].toSorted(),
    )
    expect(flipped.length).toBeLessThan(80)
    // the tree that was served becomes the second one by the same change, and by the files that are
    // as old as its index: those of one tick of the file system's clock are written once more
    await untilReady(sidecar, commit)
    const all = syncedBelow(calls().slice(before), unseenTree)
    expect(all.filter((path) => path === 'd/7')).toEqual(['d/7', 'd/7'])
    expect(all.length).toBeLessThan(500)
  }
  const before = calls().length
  commit = await repository.publish({ 'd/8': null, 'e/new': null })
  await untilTold(sidecar, commit)
  const flipped = untilFlip(calls(), `${root}/site`).slice(before)
  expect(syncedBelow(flipped, unseenTree).toSorted()).toEqual(['', '.git', 'd'])
  // the thread that answers probes waits for none of it
  const waits = calls().filter(({ name, thread }) => name === 'fsync' && thread === sidecar.pid)
  expect(waits).toEqual([])
  await expectServes(`${root}/site`, repository, commit)
})

test('of a submodule what changed is waited for, too', async () => {
  await using library = await createRepository({ files: { 'lib/a': '1\n', 'lib/b': '1\n' } })
  await using repository = await createRepository({ files: manyFiles(10) })
  await repository.git('submodule', 'add', '--quiet', library.path, 'deep/sub')
  let commit = await repository.publish({})
  const { executable, calls } = await traced(folder)
  const root = newRoot()
  const config = '--git-config=protocol.file.allow:always'
  const flags = ['--fsync', '--verbose=1', '--spare-grace=100ms', config]
  await using sidecar = startGitSync({ repo: repository.path, root, flags, executable })
  await untilTold(sidecar, commit)
  const first = untilFlip(calls(), `${root}/site`)
  expect(syncedBelow(first, unseenTree)).toContain('deep/sub/lib/a')
  await untilReady(sidecar, commit)
  const before = calls().length
  await library.publish({ 'lib/a': '2\n' })
  await repository.git('submodule', 'update', '--quiet', '--remote')
  commit = await repository.publish({})
  await untilTold(sidecar, commit)
  const flipped = untilFlip(calls(), `${root}/site`).slice(before)
  expect(syncedBelow(flipped, unseenTree).toSorted()).toEqual([
    ...['', '.git', 'deep', 'deep/sub', 'deep/sub/.git', 'deep/sub/lib', 'deep/sub/lib/a'],
  ])
  expect(readFileSync(`${root}/site/deep/sub/lib/a`, 'utf8')).toBe('2\n')
})

test('in-place a file is on the disk before it takes its name, and each step before the next', async () => {
  await using repository = await createRepository({ files: { a: '1\n', 'd/b': '1\n', go: '1\n' } })
  const { executable, calls } = await traced(folder)
  const root = newRoot()
  const options = { repo: repository.url, root, flags: ['--fsync', '--publish=in-place'] }
  await syncOnce(options)
  await repository.publish({ a: '2\n', 'd/b': '2\n', 'n/new': '1\n', go: null })
  expect(await syncOnce({ ...options, executable })).toMatchObject({ code: 0, errors: [] })
  const all = calls()
  const renamed = all.filter(
    ({ name, path }) => name === 'rename' && path.startsWith(`${root}/site/`),
  )
  expect(renamed.map(({ path }) => path.slice(`${root}/site/`.length))).toEqual([
    ...['n/new', 'a', 'd/b'],
  ])
  const staged = all.filter(({ name, path }) => name === 'fsync' && path.includes('-publishing/'))
  expect(staged).toHaveLength(3)
  for (const [index, rename] of renamed.entries()) {
    expectBefore(staged.slice(index, index + 1), [rename])
  }
  const folders = all.filter(
    ({ name, path }) => name === 'fsync' && path.startsWith(`${root}/site`),
  )
  const [additions, rest] = [folders.slice(0, 2), folders.slice(2)]
  expect(additions.map(({ path }) => path).toSorted()).toEqual([`${root}/site`, `${root}/site/n`])
  expectBefore(renamed.slice(0, 1), additions)
  expectBefore(additions, renamed.slice(1))
  // of the changes, then of what is gone
  expect(rest.map(({ path }) => path).toSorted()).toEqual([
    ...[`${root}/site`, `${root}/site`, `${root}/site/d`],
  ])
  expectBefore(renamed, rest)
})

test('a folder that is exchanged is on the disk before, and the exchange after it', async () => {
  await using repository = await createRepository({ files: { a: '1\n', 'd/b': '1\n' } })
  const { executable, calls } = await traced(folder)
  const root = newRoot()
  const flags = ['--fsync', '--publish=exchange', '--link=www/site']
  const options = { repo: repository.url, root, flags }
  await syncOnce(options)
  await repository.publish({ a: '2\n' })
  expect(await syncOnce({ ...options, executable })).toMatchObject({ code: 0, errors: [] })
  const all = calls()
  const shown = all.filter(({ name, path }) => name === 'rename' && path === `${root}/www/site`)
  const written = all.filter(
    ({ name, path }) => name === 'fsync' && /\.worktrees\/\.sidecars-tmp-\w+-published/.test(path),
  )
  const paths = written.map(({ path }) => path.replace(/^.*-published\/?/, ''))
  expect(paths.toSorted()).toEqual(['', '', '.git', 'a', 'd', 'd/b'])
  expectBefore(written, shown)
  const around = all.filter(({ name, path }) => name === 'fsync' && path === `${root}/www`)
  expectBefore(shown, around)
})

for (const mode of modes) {
  test(`what the disk does not take is not served with --publish=${mode}`, async () => {
    await using repository = await createRepository({ files: { a: '1\n' } })
    const root = newRoot()
    // git waits for nothing, so that what fails is ours
    const env = { GIT_TEST_FSYNC: '0' }
    const flags = ['--fsync', `--publish=${mode}`]
    const options = { repo: repository.url, root, flags, env }
    expect(await syncOnce(options)).toMatchObject({ code: 0, errors: [] })
    await repository.publish({ a: '2\n' })
    for (const error of ['EIO', 'ENOSPC']) {
      const { executable } = await traced(folder, [`--inject=fsync:error=${error}`])
      const { code, errors } = await syncOnce({ ...options, executable })
      expect(code).toBe(1)
      expect(errors).toHaveLength(1)
      expect(errors[0]).toMatch(
        new RegExp(`Cannot make \\S+ durable, as --fsync wants it: ${error}`),
      )
      expect(readFileSync(`${root}/site/a`, 'utf8')).toBe('1\n')
    }
    expect(await syncOnce(options)).toMatchObject({ code: 0, errors: [] })
    expect(readFileSync(`${root}/site/a`, 'utf8')).toBe('2\n')
  })
}
