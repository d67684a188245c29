import { afterAll, expect, test } from 'bun:test'
import { mkdtempSync } from 'node:fs'
import {
  appendFile,
  chmod,
  link,
  lstat,
  mkdir,
  readdir,
  rename,
  rm,
  symlink,
  unlink,
  utimes,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gitIn } from '#git-sync/git/git-for-tests.ts'
import { cleanTree } from './clean.ts'
import { layoutOf } from './layout.ts'

const folder = mkdtempSync(join(tmpdir(), 'sidecars-clean-'))
afterAll(() => rm(folder, { recursive: true }))
let roots = 0

/** A working tree in a root of ours, and its index in one that was written a tick after its files. */
async function treeOf(files: readonly string[], { version = 2, format = 'sha1' } = {}) {
  const root = join(folder, `root-${roots++}`)
  const layout = layoutOf(root)
  await mkdir(layout.trees, { recursive: true })
  const tree = layout.newTree()
  await mkdir(tree)
  await gitIn(tree, 'init', '--quiet', `--object-format=${format}`)
  for (const name of files) await Bun.write(join(tree, name), `${name}\n`)
  await gitIn(tree, 'add', '--all')
  await gitIn(tree, 'update-index', `--index-version=${version}`)
  await Bun.sleep(20)
  const index = join(tree, '.git/index')
  const later = new Date()
  await utimes(index, later, later)
  await Bun.sleep(20)
  const { signal } = new AbortController()
  const hashBytes = format === 'sha1' ? 20 : 32
  const isFilled = (path: string): boolean => path === 'sub/filled'
  const clean = (stop = signal) => cleanTree(tree, { layout, index, hashBytes, isFilled, stop })
  return { layout, tree, index, clean }
}

const files = ['a', 'd/b', 'd/e/c', 'd-e', 'ümläut']

for (const how of [{}, { version: 4 }, { format: 'sha256' }, { version: 4, format: 'sha256' }]) {
  test(`a tree that nobody touched keeps each of its files ${JSON.stringify(how)}`, async () => {
    const { layout, tree, clean } = await treeOf(files, how)
    const before = await Promise.all(files.map((name) => lstat(join(tree, name))))
    expect(await clean()).toBe(0)
    const after = await Promise.all(files.map((name) => lstat(join(tree, name))))
    expect(after.map(({ ino, ctimeMs }) => [ino, ctimeMs])).toEqual(
      before.map(({ ino, ctimeMs }) => [ino, ctimeMs]),
    )
    expect(await readdir(layout.trees)).toHaveLength(1)
  })
}

const touched: Record<string, (file: string) => Promise<unknown>> = {
  'more content': (file) => appendFile(file, 'x'),
  'other content of the same length and age': async (file) => {
    const { atime, mtime, size } = await lstat(file)
    await writeFile(file, 'x'.repeat(size))
    await utimes(file, atime, mtime)
  },
  'other rights': (file) => chmod(file, 0o600),
  'another name': (file) => link(file, join(folder, `elsewhere-${roots}`)),
  'another file of the same content in its place': async (file) => {
    await Bun.write(`${file}.new`, Bun.file(file))
    await rename(`${file}.new`, file)
  },
  'a link in its place': async (file) => {
    await unlink(file)
    await symlink('/nowhere', file)
  },
  'a folder in its place': async (file) => {
    await unlink(file)
    await mkdir(join(file, 'deep'), { recursive: true })
  },
  'nothing in its place': unlink,
}

for (const [what, touch] of Object.entries(touched)) {
  test(`a file that got ${what} goes, to be written again`, async () => {
    const { tree, clean } = await treeOf(files)
    await touch(join(tree, 'd/b'))
    expect(await clean()).toBe(1)
    expect(
      (await readdir(tree, { recursive: true })).filter((name) => !/^\.git/.test(name)),
    ).toEqual(expect.arrayContaining(['a', 'd', 'd-e', 'd/e', 'd/e/c', 'ümläut']))
    expect(await readdir(join(tree, 'd'))).toEqual(['e'])
  })
}

test('a file as new as the index may have been changed after it was compared, and goes', async () => {
  const { tree, index, clean } = await treeOf(files)
  const { ctime } = await lstat(join(tree, 'a'))
  await utimes(index, ctime, ctime)
  expect(await clean()).toBeGreaterThan(0)
  expect(await readdir(tree)).not.toContain('ümläut')
})

test('a file that changed while the clock stood before the index goes, too', async () => {
  const { tree, index, clean } = await treeOf(files)
  const later = new Date(Date.now() + 3_600_000)
  await utimes(index, later, later)
  await chmod(join(tree, 'a'), 0o600)
  expect(await clean()).toBe(1)
  expect(await readdir(tree)).not.toContain('a')
})

test('what git does not know of goes, and so do repositories within', async () => {
  const { tree, clean } = await treeOf(files)
  await mkdir(join(tree, 'd/x/.git'), { recursive: true })
  await writeFile(join(tree, 'd/x/.git/HEAD'), '')
  await writeFile(join(tree, 'd/ignored'), '')
  await symlink('..', join(tree, 'up'))
  await mkdir(join(tree, 'empty'))
  expect(await clean()).toBe(0)
  expect((await readdir(tree)).sort()).toEqual(['.git', 'a', 'd', 'd-e', 'ümläut'])
  expect(await readdir(join(tree, 'd'))).toEqual(['b', 'e'])
})

test('a link in the place of a folder leads nowhere, and what it leads to is left alone', async () => {
  const { tree, clean } = await treeOf(files)
  const other = await treeOf(['d/b', 'd/mine'])
  await rm(join(tree, 'd'), { recursive: true })
  await symlink(join(other.tree, 'd'), join(tree, 'd'))
  expect(await clean()).toBe(2)
  expect((await readdir(tree)).sort()).toEqual(['.git', 'a', 'd-e', 'ümläut'])
  expect((await readdir(join(other.tree, 'd'))).sort()).toEqual(['b', 'mine'])
})

test('folders get the rights of new ones', async () => {
  const { tree, clean } = await treeOf(files)
  await chmod(tree, 0o700)
  await chmod(join(tree, 'd/e'), 0o777)
  expect(await clean()).toBe(0)
  const mode = async (path: string) => (await lstat(path)).mode & 0o7777
  expect(await Promise.all([mode(tree), mode(join(tree, 'd/e'))])).toEqual([0o755, 0o755])
})

test('a folder of files that a sparse checkout leaves out goes', async () => {
  const { tree, clean } = await treeOf(files)
  await gitIn(tree, 'update-index', '--skip-worktree', 'd/b', 'd/e/c')
  await rm(join(tree, 'd'), { recursive: true })
  await mkdir(join(tree, 'd/e'), { recursive: true })
  await writeFile(join(tree, 'd/e/c'), 'd/e/c\n')
  expect(await clean()).toBe(0)
  expect((await readdir(tree)).sort()).toEqual(['.git', 'a', 'd-e', 'ümläut'])
})

async function addSubmodules(tree: string, ...paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    const entry = `160000,${'1'.repeat(40)},${path}`
    await gitIn(tree, 'update-index', '--add', '--cacheinfo', entry)
  }
}

test('the place of a submodule is an empty folder; the files of one that has some stay', async () => {
  const { tree, clean } = await treeOf(files)
  await addSubmodules(tree, 'sub/filled', 'sub/left', 'link', 'missing/deep', 'out')
  await gitIn(tree, 'update-index', '--skip-worktree', 'out')
  await Bun.write(join(tree, 'sub/filled/file'), 'x')
  await Bun.write(join(tree, 'sub/left/deep/file'), 'x')
  await Bun.write(join(tree, 'out/file'), 'x')
  await symlink('d', join(tree, 'link'))
  expect(await clean()).toBe(0)
  expect((await readdir(tree)).sort()).toEqual(
    ['.git', 'a', 'd', 'd-e', 'link', 'missing', 'sub', 'ümläut'].sort(),
  )
  expect(await readdir(join(tree, 'sub/filled'))).toEqual(['file'])
  for (const empty of ['sub/left', 'link', 'missing/deep']) {
    expect(await readdir(join(tree, empty))).toEqual([])
    expect((await lstat(join(tree, empty))).isDirectory()).toBe(true)
  }
  expect(await readdir(join(tree, 'd'))).toEqual(['b', 'e'])
})

test('a file in the place of a submodule that had files goes, and a folder is there', async () => {
  const { tree, clean } = await treeOf(files)
  await addSubmodules(tree, 'sub/filled')
  await Bun.write(join(tree, 'sub'), 'x')
  expect(await clean()).toBe(0)
  expect(await readdir(join(tree, 'sub/filled'))).toEqual([])
})

test('a name that is no text is not taken for removed', async () => {
  const { tree, clean } = await treeOf(files)
  await writeFile(Buffer.concat([Buffer.from(`${tree}/`), Buffer.from([0xff])]), '')
  await expect(clean()).rejects.toThrow(/no UTF-8/)
})

test('it ends when it is told to', async () => {
  const many = Array.from({ length: 300 }, (_, number) => `many/${number}`)
  const { clean } = await treeOf(many)
  await expect(clean(AbortSignal.abort())).rejects.toThrow()
})
