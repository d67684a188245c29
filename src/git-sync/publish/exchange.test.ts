import { afterAll, expect, setDefaultTimeout, test } from 'bun:test'
import { lstatSync, mkdtempSync, readdirSync } from 'node:fs'
import { mkdir, open, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gitIn } from '#git-sync/git/git-for-tests.ts'
import { openExchangePublisher } from './exchange.ts'
import type { Published, Publisher } from './publish.ts'
import { type Files, filesIn, newTrees, type Trees } from './trees-for-tests.ts'

setDefaultTimeout(60_000)
process.umask(0o022)
const folder = mkdtempSync(join(tmpdir(), 'sidecars-exchange-'))
afterAll(() => rm(folder, { recursive: true }))
let roots = 0

async function openNew(more = {}): Promise<{ trees: Trees; publisher: Publisher }> {
  const trees = await newTrees(join(folder, `root-${roots++}`))
  return { trees, publisher: await openExchangePublisher(trees.options('exchange', more)) }
}

async function show({ trees, publisher }: Awaited<ReturnType<typeof openNew>>, files: Files) {
  return publisher.publish(await publisher.place(await trees.tree(files)))
}

/** The folders that are shown no more. */
function retired({ trees }: { trees: Trees }): readonly string[] {
  return readdirSync(trees.layout.trees)
    .filter((name) => name.includes('published'))
    .map((name) => join(trees.layout.trees, name))
}

test('whoever has the old folder open sees the old commit', async () => {
  const opened = await openNew()
  await show(opened, { a: '1', 'd/b': '1' })
  await using held = await open(opened.trees.link)
  await show(opened, { a: '2', 'd/b': '2' })
  expect(filesIn(`/proc/self/fd/${held.fd}`)).toEqual({ a: '1', 'd/b': '1' })
  expect(filesIn(opened.trees.link)).toEqual({ a: '2', 'd/b': '2' })
})

test('the folder is a working tree of git, clean and of that commit', async () => {
  const opened = await openNew()
  const git = (...args: readonly string[]) =>
    gitIn(opened.trees.link, '-c', 'safe.directory=*', ...args)
  for (const content of ['1', '2', '3']) {
    const { commit } = await show(opened, { a: content, run: '*1', l: '->a' })
    expect((await git('rev-parse', 'HEAD')).trim()).toBe(commit)
    expect(await git('status', '--porcelain')).toBe('')
  }
  expect(await git('rev-parse', '--show-toplevel')).toBe(`${opened.trees.link}\n`)
})

test('one folder of the repository is no working tree', async () => {
  const opened = await openNew({ subdir: 'd' })
  await show(opened, { 'd/a': '1' })
  expect(readdirSync(opened.trees.link)).toEqual(['a'])
})

test('the folder shown before becomes the next by what changed', async () => {
  const opened = await openNew()
  const files = { a: '1', b: '1', 'd/c': '1' }
  const inodes = () => ['.', 'b', 'd/c'].map((path) => lstatSync(join(opened.trees.link, path)).ino)
  await show(opened, files)
  const first = inodes()
  await show(opened, { ...files, a: '2' })
  expect(inodes()).not.toEqual(first)
  const [second] = retired(opened)
  expect(opened.publisher.holds(second ?? '')).toBe(true)
  await show(opened, { ...files, a: '3' })
  expect(inodes()).toEqual(first)
  expect(filesIn(opened.trees.link)).toEqual({ ...files, a: '3' })
  expect(retired(opened)).toHaveLength(1)
})

test.each([
  ['a file was changed', (at: string) => writeFile(join(at, 'b'), '2')],
  ['a file was added', (at: string) => writeFile(join(at, 'd/own'), '2')],
  ['a folder was added', (at: string) => mkdir(join(at, 'own'))],
  ['a file was removed', (at: string) => rm(join(at, 'd/c'))],
])('a new folder is made when %s in the one before', async (_, harm) => {
  const opened = await openNew()
  const files = { a: '1', b: '1', 'd/c': '1' }
  await show(opened, files)
  const first = lstatSync(join(opened.trees.link, 'a')).ino
  await show(opened, files)
  await harm(retired(opened)[0] ?? '')
  await show(opened, files)
  expect(lstatSync(join(opened.trees.link, 'a')).ino).not.toBe(first)
  expect(filesIn(opened.trees.link)).toEqual(files)
})

test('a folder is left alone in its grace, and not used again where no second one is wanted', async () => {
  for (const more of [{ graceMs: 3_600_000 }, { keepsSecond: false }]) {
    const opened = await openNew(more)
    for (const content of ['1', '2', '3']) await show(opened, { a: content })
    const contents = retired(opened).map((path) => filesIn(path).a)
    expect(contents.sort()).toEqual(['1', '2'])
    const held = retired(opened).filter((path) => opened.publisher.holds(path))
    expect(held).toHaveLength('graceMs' in more ? 1 : 0)
  }
})

test('whoever is killed after the exchange finds that what is served is not what is noted', async () => {
  const opened = await openNew()
  const first: Published = await show(opened, { a: '1' })
  const placed = await opened.publisher.place(await opened.trees.tree({ a: '2' }))
  expect(await opened.publisher.stands(first)).toBe(true)
  await opened.publisher.publish(placed)
  const next = await openExchangePublisher(opened.trees.options('exchange'))
  expect(await next.stands(first)).toBe(false)
  await next.check()
})
