import { afterEach, beforeEach, expect, test } from 'bun:test'
import { chmod, mkdir, mkdtemp, readdir, readFile, readlink, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sweepTemporary, symlinkAtomic, temporaryBeside, touch, writeFileAtomic } from './files.ts'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'files-'))
})
afterEach(() => rm(folder, { recursive: true }))

test('a file is replaced whole, with its folders and mode', async () => {
  const path = join(folder, 'a/b/file')
  await writeFileAtomic(path, 'one')
  await writeFileAtomic(path, 'two', { mode: 0o600 })
  expect(await readFile(path, 'utf8')).toBe('two')
  expect((await stat(path)).mode & 0o777).toBe(0o600)
  expect(await readdir(join(folder, 'a/b'))).toEqual(['file'])
})

test('a link is flipped in place and leaves nothing behind', async () => {
  const path = join(folder, 'link')
  await symlinkAtomic('one', path)
  await symlinkAtomic('two', path)
  expect(await readlink(path)).toBe('two')
  expect(await readdir(folder)).toEqual(['link'])
})

test('a folder in the way of a link is an error, and nothing is left behind', async () => {
  const path = join(folder, 'link')
  await mkdir(path)
  expect(symlinkAtomic('one', path)).rejects.toThrow(/EISDIR|ENOTEMPTY|EEXIST|directory/)
  await symlinkAtomic('one', path).catch(() => {})
  expect(await readdir(folder)).toEqual(['link'])
})

test('left-overs of a killed process are swept once old enough, other files are not', async () => {
  await writeFileAtomic(join(folder, 'kept'), '')
  await mkdir(temporaryBeside(join(folder, 'dir')))
  await touch(temporaryBeside(join(folder, 'x')), 0)
  const nowMs = Date.now()
  expect(await sweepTemporary(folder, { nowMs, olderThanMs: 60_000 })).toEqual([])
  expect(await sweepTemporary(folder, { nowMs: nowMs + 61_000, olderThanMs: 60_000 })).toHaveLength(
    2,
  )
  expect(await readdir(folder)).toEqual(['kept'])
  expect(await sweepTemporary(join(folder, 'missing'), { nowMs, olderThanMs: 0 })).toEqual([])
})

test('touch makes a file and sets its time', async () => {
  const path = join(folder, 'new/touched')
  await touch(path, 1_000_000)
  await chmod(path, 0o644)
  expect((await stat(path)).mtimeMs).toBe(1_000_000)
})
