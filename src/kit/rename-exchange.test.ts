import { expect, test } from 'bun:test'
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { renameExchange } from './rename-exchange.ts'

test('two folders change places in one step', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'exchange-'))
  const [one, two] = [join(folder, 'one'), join(folder, 'zwei ü')]
  await mkdir(one)
  await mkdir(two)
  await writeFile(join(one, 'a'), '')
  expect(await renameExchange(one, two)).toBe(true)
  expect(await readdir(two)).toEqual(['a'])
  expect(await readdir(one)).toEqual([])
  await rm(folder, { recursive: true })
})

test('a missing path is an error and changes nothing', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'exchange-'))
  await mkdir(join(folder, 'there'))
  const swapping = renameExchange(join(folder, 'missing'), join(folder, 'there'))
  expect(swapping).rejects.toThrow('ENOENT')
  await swapping.catch(() => {})
  expect(await readdir(folder)).toEqual(['there'])
  await rm(folder, { recursive: true })
})
