import { afterAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { existsSync, mkdtempSync, readdirSync } from 'node:fs'
import { mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Agreed } from '#git-sync/gate/gate.ts'
import { namedTree } from '#git-sync/tree/served.ts'
import { openPublisher, servesAt } from './open-publisher.ts'
import { PlaceTakenError, type Published, type Publisher } from './publish.ts'
import { type Files, filesIn, newTrees, type Trees } from './trees-for-tests.ts'

setDefaultTimeout(60_000)
process.umask(0o022)
const folder = mkdtempSync(join(tmpdir(), 'sidecars-publish-'))
afterAll(() => rm(folder, { recursive: true }))
let roots = 0

const modes = ['link', 'in-place', 'exchange'] as const

async function openMode(mode: string, more = {}): Promise<{ trees: Trees; publisher: Publisher }> {
  const trees = await newTrees(join(folder, `root-${roots++}`))
  return { trees, publisher: await openPublisher(mode, trees.options(mode, more)) }
}

async function show(publisher: Publisher, tree: Agreed): Promise<Published> {
  await publisher.check()
  return publisher.publish(await publisher.place(tree))
}

/** One after the other: each kind of change a commit can make. */
const history: readonly Files[] = [
  { a: '1', b: '1', 'd/one': '1', 'd/two': '1', run: 'x' },
  { a: '2', b: '1', 'd/one': '1', 'd/three': 'new' },
  { a: '2', b: '1', 'd/one': '1', run: '*x', l: '->d/one' },
  { a: '2', b: '1', 'd/one': '1', run: 'x', l: '->a' },
  { 'a/now/a/folder': '1', b: '->a', d: 'now a file' },
  { a: '->d', b: '1', 'd/one': '1', 'a-b': '1' },
  { 'a/one': 'a link before', b: '1', d: '->a' },
  { 'a/one': 'a link before', b: '*1', 'd/one/deep/er': '1', 'with space\nand line': '1' },
  { only: '1' },
]

for (const mode of modes) {
  describe(`--publish=${mode}`, () => {
    test('a tree with its place is not served until it is published', async () => {
      const { trees, publisher } = await openMode(mode)
      const tree = await trees.tree({ a: '1' })
      const placed = await publisher.place(tree)
      expect(placed).toMatchObject({ commit: tree.commit, tree: trees.layout.treeOf(tree.commit) })
      expect(existsSync(trees.link)).toBe(false)
      expect(await servesAt(mode, trees)).toBe(false)
      expect(await publisher.publish(placed)).toEqual({ ...placed, link: trees.link })
      expect(filesIn(trees.link)).toEqual({ a: '1' })
      expect(await servesAt(mode, trees)).toBe(true)
      const { pointer } = trees.options(mode)
      expect(await namedTree(trees.layout, pointer)).toMatchObject(placed)
    })

    test('what is served is the commit in content and modes, whatever it was before', async () => {
      const { trees, publisher } = await openMode(mode)
      for (const files of [...history, ...history.toReversed()]) {
        const published = await show(publisher, await trees.tree(files))
        expect(filesIn(trees.link)).toEqual({ ...files })
        expect(await publisher.stands(published)).toBe(true)
      }
    })

    test('what was published stands for the next process, and not for another commit', async () => {
      const { trees, publisher } = await openMode(mode)
      const first = await show(publisher, await trees.tree({ a: '1', 'd/b': '1' }))
      const second = await show(publisher, await trees.tree({ a: '2', 'd/b': '1' }))
      const next = await openPublisher(mode, trees.options(mode))
      expect([await next.stands(first), await next.stands(second)]).toEqual([false, true])
      const elsewhere = await openPublisher(mode, trees.options(mode, { subdir: 'd' }))
      expect(await elsewhere.stands(second)).toBe(false)
      await rename(trees.link, `${trees.link}-away`)
      expect(await next.stands(second)).toBe(false)
      expect(await servesAt(mode, trees)).toBe(false)
    })

    test('one folder of the tree', async () => {
      const { trees, publisher } = await openMode(mode, { subdir: 'd/e' })
      for (const content of ['1', '2']) {
        const files = { top: '1', 'd/e/a': content, 'd/e/f/b': '1', 'd/ee': '1' }
        const published = await show(publisher, await trees.tree(files))
        expect(filesIn(trees.link)).toEqual({ a: content, 'f/b': '1' })
        expect(published.tree).toBe(trees.layout.treeOf(published.commit))
        expect(await publisher.stands(published)).toBe(true)
        const { pointer } = trees.options(mode)
        expect(await namedTree(trees.layout, pointer)).toMatchObject({ tree: published.tree })
      }
    })

    test('a file, a stranger’s link and an empty folder give way', async () => {
      for (const put of [
        (path: string) => writeFile(path, 'a file'),
        (path: string) => symlink('/etc', path),
        (path: string) => mkdir(path),
      ]) {
        const { trees, publisher } = await openMode(mode)
        await mkdir(dirname(trees.link), { recursive: true })
        await put(trees.link)
        await show(publisher, await trees.tree({ a: '1' }))
        expect(filesIn(trees.link)).toEqual({ a: '1' })
        expect(existsSync('/etc/passwd')).toBe(true)
        expect(readdirSync(dirname(trees.link))).toEqual(['site'])
      }
    })

    test('a folder with somebody’s files is refused and left alone', async () => {
      const { trees, publisher } = await openMode(mode)
      await mkdir(join(trees.link, 'd'), { recursive: true })
      await writeFile(join(trees.link, 'd/precious'), 'x')
      const tree = await trees.tree({ a: '1' })
      for (const act of [() => publisher.check(), () => publisher.place(tree)]) {
        const error = await act().catch((error: unknown) => error)
        expect(error).toBeInstanceOf(PlaceTakenError)
        expect(String(error)).toContain(`Cannot publish at ${trees.link}: a folder is there`)
      }
      expect(existsSync(tree.path)).toBe(true)
      expect(readdirSync(trees.link, { recursive: true })).toEqual(['d', 'd/precious'])
    })

    test('a place whose folder cannot be made is told of before a tree gets its name', async () => {
      const trees = await newTrees(join(folder, `root-${roots++}`))
      await writeFile(join(trees.layout.root, 'file'), '')
      const link = join(trees.layout.root, 'file/site')
      const opened = openPublisher(mode, trees.options(mode, { link }))
      const checked = opened.then((publisher) => publisher.check())
      await expect(checked).rejects.toThrow('its folder cannot be written')
    })

    test.each(modes.filter((other) => other !== mode))('takes the place of %s', async (other) => {
      const { trees, publisher } = await openMode(other)
      await show(publisher, await trees.tree({ a: '1', 'd/b': '1', l: '->a' }))
      const next = await openPublisher(mode, trees.options(mode))
      const published = await show(next, await trees.tree({ a: '2', 'd/c': '1', l: '->d' }))
      expect(filesIn(trees.link)).toEqual({ a: '2', 'd/c': '1', l: '->d' })
      expect(await next.stands(published)).toBe(true)
      expect(await servesAt(mode, trees)).toBe(true)
    })
  })
}

test('a link takes no folder into which others have put files', async () => {
  const { trees, publisher } = await openMode('in-place')
  await show(publisher, await trees.tree({ a: '1' }))
  await writeFile(join(trees.link, 'precious'), 'x')
  const next = await openPublisher('link', trees.options('link'))
  await expect(next.check()).rejects.toThrow(PlaceTakenError)
  expect(filesIn(trees.link)).toMatchObject({ a: '1' })
})
