import { afterAll, expect, setDefaultTimeout, test } from 'bun:test'
import { lstatSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs'
import { chmod, mkdir, rename, rm, symlink, unlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inPlacePublisher } from './in-place.ts'
import { PlaceTakenError, type Published, type Publisher } from './publish.ts'
import { type Files, filesIn, newTrees, type Trees } from './trees-for-tests.ts'

setDefaultTimeout(60_000)
process.umask(0o022)
const folder = mkdtempSync(join(tmpdir(), 'sidecars-in-place-'))
afterAll(() => rm(folder, { recursive: true }))
let roots = 0

const newRoot = (): Promise<Trees> => newTrees(join(folder, `root-${roots++}`))

/** By a new publisher, as after a start. */
async function show(trees: Trees, files: Files, more = {}): Promise<Published> {
  const publisher = inPlacePublisher(trees.options('in-place', more))
  const tree = await trees.tree(files)
  await publisher.check()
  return publisher.publish(await publisher.place(tree))
}

function inodeOf(path: string): number {
  return lstatSync(path).ino
}

test('the folder and what does not change keep their inodes, and their times', async () => {
  const trees = await newRoot()
  const { link } = trees
  await show(trees, { a: '1', b: '1', 'd/c': '1', l: '->a', run: '1' })
  const stay = ['.', 'b', 'd', 'd/c', 'l'].map((path) => join(link, path))
  const before = stay.map((path) => [inodeOf(path), lstatSync(path).ctimeMs])
  const a = inodeOf(join(link, 'a'))
  await show(trees, { a: '2', b: '1', 'd/c': '1', l: '->a', run: '*1' })
  const after = stay.map((path) => [inodeOf(path), lstatSync(path).ctimeMs])
  // the folder itself had a file replaced in it
  expect(after.slice(1)).toEqual(before.slice(1))
  expect(after[0]?.[0]).toBe(before[0]?.[0] ?? 0)
  expect(inodeOf(join(link, 'a'))).not.toBe(a)
  expect(filesIn(link)).toMatchObject({ a: '2', run: '*1' })
})

test('an empty folder that is there is filled, and stays that folder', async () => {
  const trees = await newRoot()
  await mkdir(join(trees.link, 'lost+found'), { recursive: true })
  const inode = inodeOf(trees.link)
  await show(trees, { a: '1' })
  expect(inodeOf(trees.link)).toBe(inode)
  expect(filesIn(trees.link)).toEqual({ a: '1', 'lost+found': 'empty folder' })
})

test('what others put into the folder stays', async () => {
  const trees = await newRoot()
  await show(trees, { a: '1', 'd/b': '1', 'e/f/c': '1' })
  await writeFile(join(trees.link, 'own'), 'x')
  await writeFile(join(trees.link, 'd/own'), 'x')
  await mkdir(join(trees.link, 'own-folder'))
  await show(trees, { a: '2' })
  expect(filesIn(trees.link)).toEqual({
    a: '2',
    own: 'x',
    'd/own': 'x',
    'own-folder': 'empty folder',
  })
})

test.each([
  { path: 'own', wanted: 'own' },
  { path: 'own', wanted: 'own/below' },
  { path: 'own/deep/file', wanted: 'own' },
  { path: 'd/own', wanted: 'd' },
])('nothing changes while $path of others stands where $wanted belongs', async (row) => {
  const trees = await newRoot()
  await show(trees, { a: '1', b: '1', 'd/b': '1' })
  const path = join(trees.link, row.path)
  await mkdir(join(path, '..'), { recursive: true })
  await writeFile(path, 'precious')
  const publisher = inPlacePublisher(trees.options('in-place'))
  const files = { a: '2', c: '1', [row.wanted]: 'wanted' }
  const tree = await trees.tree(files)
  const placed = await publisher.place(tree)
  const error = await publisher.publish(placed).catch((error: unknown) => error)
  expect(error).toBeInstanceOf(PlaceTakenError)
  expect(String(error)).toContain(`${JSON.stringify(row.path)} is there`)
  expect(filesIn(trees.link)).toEqual({ a: '1', b: '1', 'd/b': '1', [row.path]: 'precious' })
  await rm(path)
  await publisher.publish(placed)
  expect(filesIn(trees.link)).toEqual(files)
})

test('what stands there already as the commit has it is taken over', async () => {
  const trees = await newRoot()
  await show(trees, { a: '1' })
  await writeFile(join(trees.link, 'b'), 'same')
  const inode = inodeOf(join(trees.link, 'b'))
  await show(trees, { a: '1', b: 'same' })
  expect(inodeOf(join(trees.link, 'b'))).toBe(inode)
  await show(trees, { a: '1' })
  expect(filesIn(trees.link)).toEqual({ a: '1' })
})

test('a link that somebody put in the place of a folder is not followed', async () => {
  const trees = await newRoot()
  await show(trees, { a: '1', 'd/gone': '1', 'd/stays': '1' })
  const outside = join(trees.layout.root, 'outside')
  await rename(join(trees.link, 'd'), outside)
  await symlink(outside, join(trees.link, 'd'))
  await expect(show(trees, { a: '2', 'd/stays': '2' })).rejects.toThrow(PlaceTakenError)
  await show(trees, { a: '2' })
  expect(filesIn(outside)).toEqual({ gone: '1', stays: '1' })
})

test('the next publication mends what was done to our files', async () => {
  const trees = await newRoot()
  const files = { a: '1', b: '1', c: '1', d: '1', 'e/f': '1', g: '1', l: '->a' }
  await show(trees, files)
  const at = (path: string): string => join(trees.link, path)
  await writeFile(at('a'), '2')
  await unlink(at('b'))
  await chmod(at('c'), 0o600)
  await rm(at('d'))
  await mkdir(at('d/empty'), { recursive: true })
  await rm(at('e'), { recursive: true })
  await rm(at('g'))
  await symlink('/etc/passwd', at('g'))
  await rm(at('l'))
  await symlink('b', at('l'))
  await show(trees, { ...files, new: '1' })
  expect(filesIn(trees.link)).toEqual({ ...files, new: '1' })
})

test('after another start of the machine what is served is read before it stands', async () => {
  const trees = await newRoot()
  const bootIdFile = join(trees.layout.root, 'boot')
  await writeFile(bootIdFile, 'one\n')
  const published = await show(trees, { a: '1', 'd/b': '12345' }, { bootIdFile })
  const stands = () => inPlacePublisher(trees.options('in-place', { bootIdFile })).stands(published)
  await writeFile(bootIdFile, 'two\n')
  expect(await stands()).toBe(true)
  await writeFile(join(trees.link, 'd/b'), '12E45')
  expect(await stands()).toBe(true)
  await writeFile(bootIdFile, 'three\n')
  expect(await stands()).toBe(false)
  await show(trees, { a: '1', 'd/b': '12345' }, { bootIdFile })
  expect(filesIn(trees.link)).toEqual({ a: '1', 'd/b': '12345' })
})

test('a file that attributes write in another way is another one', async () => {
  const trees = await newRoot()
  const files = { 'a.txt': 'one\n', 'd/b.txt': 'two\n' }
  await show(trees, files, { subdir: 'd' })
  await show(trees, { ...files, '.gitattributes': '*.txt eol=crlf\n' }, { subdir: 'd' })
  expect(filesIn(trees.link)).toEqual({ 'b.txt': 'two\r\n' })
})

/** Ends the work at the n-th time that it asks. */
function stopAt(count: number): AbortSignal {
  let asked = 0
  const throwIfAborted = (): void => {
    if (++asked === count) throw new Error('stopped')
  }
  return { throwIfAborted } as AbortSignal
}

test('ended at any moment, each file is old or new, the new come first, and the next finishes', async () => {
  const trees = await newRoot()
  const three = (kind: string, content: string): Files =>
    Object.fromEntries(
      Array.from({ length: 120 }, (_, number) => [`${kind}/${number % 7}/${number}`, content]),
    )
  const old = { ...three('changed', 'old'), ...three('gone', 'old'), was: 'a file', to: '->was' }
  const next = { ...three('changed', 'new'), ...three('new', 'new'), 'was/a': 'folder', to: '1' }
  const seen = new Set<string>()
  const publisherWith = (more = {}): Publisher => inPlacePublisher(trees.options('in-place', more))
  const place = async (files: Files) => publisherWith().place(await trees.tree(files))
  const [oldTree, nextTree] = [await place(old), await place(next)]
  for (let count = 1; ; count++) {
    await publisherWith().publish(oldTree)
    const cutOff = publisherWith({ stop: stopAt(count) }).publish(nextTree)
    const error = await cutOff.catch((error: unknown) => error)
    const found = filesIn(trees.link)
    const has = (kind: string, content: string): number =>
      Object.entries(found).filter(([path, at]) => path.startsWith(kind) && at === content).length
    expect(has('changed', 'old') + has('changed', 'new')).toBe(120)
    if (has('changed', 'new') > 0) expect(has('new', 'new')).toBe(120)
    if (has('gone', 'old') < 120) expect(has('changed', 'new')).toBe(120)
    seen.add([has('new', 'new') > 0, has('changed', 'new') > 0, has('gone', 'old') < 120].join())
    await publisherWith().publish(nextTree)
    expect(filesIn(trees.link)).toEqual({ ...next })
    expect(await publisherWith().stands(nextTree)).toBe(true)
    if (!(error instanceof Error)) break
  }
  // It was ended while it added, while it replaced, and while it removed.
  expect([...seen]).toEqual(
    expect.arrayContaining(['true,false,false', 'true,true,false', 'true,true,true']),
  )
  expect(readdirSync(trees.layout.published).filter((name) => name !== 'tree')).toHaveLength(1)
}, 60_000)

test('what was cut off does not stand', async () => {
  const trees = await newRoot()
  const many = Object.fromEntries(Array.from({ length: 120 }, (_, number) => [`f${number}`, '1']))
  const published = await show(trees, many)
  const more = Object.fromEntries(Object.keys(many).map((path) => [path, '2']))
  await expect(show(trees, more, { stop: stopAt(2) })).rejects.toThrow()
  expect(await inPlacePublisher(trees.options('in-place')).stands(published)).toBe(false)
  expect(readFileSync(join(trees.link, 'f119'), 'utf8')).toMatch(/^[12]$/)
})
