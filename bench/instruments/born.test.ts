import { expect, test } from 'bun:test'
import { mkdir, symlink } from 'node:fs/promises'
import { temporaryFolder } from '#test/fixtures/temp.ts'
import { inodesBornSince } from './born.ts'

test('files, folders and links made since then are counted, those that only changed are not', async () => {
  await using folder = temporaryFolder('born')
  await Bun.write(folder.at('old/kept'), 'one')
  await Bun.sleep(50)
  const sinceMs = Date.now()
  await Bun.write(folder.at('old/kept'), 'two')
  expect(inodesBornSince(folder.path, sinceMs)).toBe(0)
  await mkdir(folder.at('old/new'))
  await Bun.write(folder.at('old/new/file'), 'one')
  await symlink('file', folder.at('old/new/link'))
  expect(inodesBornSince(folder.path, sinceMs)).toBe(3)
})
