import { afterAll, expect, test } from 'bun:test'
import { mkdtempSync } from 'node:fs'
import { mkdir, readdir, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { emptyFolder } from './empty-folder.ts'

const folder = mkdtempSync(join(tmpdir(), 'sidecars-empty-'))
afterAll(() => rm(folder, { recursive: true }))
const at = (path: string): string => join(folder, path)

test('a folder that is missing is made, with those on the way to it', async () => {
  await mkdir(at('a'))
  expect(await emptyFolder(folder, 'a/b/c')).toBe(at('a/b/c'))
  expect(await emptyFolder(folder, 'a/b/c')).toBe(at('a/b/c'))
})

test('a link or a file on the way is refused, and nothing is made behind it', async () => {
  await mkdir(at('outside'))
  await symlink(at('outside'), at('link'))
  await Bun.write(at('file'), '')
  await expect(emptyFolder(folder, 'link/sub')).rejects.toThrow('no folder is on the way')
  await expect(emptyFolder(folder, 'link')).rejects.toThrow('no folder is on the way')
  await expect(emptyFolder(folder, 'file/sub')).rejects.toThrow('no folder is on the way')
  expect(await readdir(at('outside'))).toEqual([])
})

test('a folder with something in it is refused', async () => {
  await Bun.write(at('full/file'), '')
  await expect(emptyFolder(folder, 'full')).rejects.toThrow('not empty')
})
