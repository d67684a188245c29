import { afterAll, expect, test } from 'bun:test'
import { mkdir, readdir, symlink } from 'node:fs/promises'
import { temporaryFolder } from '#test/fixtures/temp.ts'
import { emptyFolder } from './empty-folder.ts'

const folder = temporaryFolder('empty')
afterAll(() => folder.remove())

test('a folder that is missing is made, with those on the way to it', async () => {
  await mkdir(folder.at('a'))
  expect(await emptyFolder(folder.path, 'a/b/c')).toBe(folder.at('a/b/c'))
  expect(await emptyFolder(folder.path, 'a/b/c')).toBe(folder.at('a/b/c'))
})

test('a link or a file on the way is refused, and nothing is made behind it', async () => {
  await mkdir(folder.at('outside'))
  await symlink(folder.at('outside'), folder.at('link'))
  await Bun.write(folder.at('file'), '')
  await expect(emptyFolder(folder.path, 'link/sub')).rejects.toThrow('no folder is on the way')
  await expect(emptyFolder(folder.path, 'link')).rejects.toThrow('no folder is on the way')
  await expect(emptyFolder(folder.path, 'file/sub')).rejects.toThrow('no folder is on the way')
  expect(await readdir(folder.at('outside'))).toEqual([])
})

test('a folder with something in it is refused', async () => {
  await Bun.write(folder.at('full/file'), '')
  await expect(emptyFolder(folder.path, 'full')).rejects.toThrow('not empty')
})
