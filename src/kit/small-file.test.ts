import { expect, test } from 'bun:test'
import { readdirSync, readFileSync } from 'node:fs'
import { temporaryFolder } from '#test/fixtures/temp.ts'
import { readSmallFile } from './small-file.ts'

test('files of any length are read whole, in the encoding that is asked for', async () => {
  await using folder = temporaryFolder('small')
  for (const text of ['', 'é\n', 'x'.repeat(4095), 'y'.repeat(4096), 'é'.repeat(50_000)]) {
    await Bun.write(folder.at('file'), text)
    expect(readSmallFile(folder.at('file'))).toBe(text)
    expect(readSmallFile(folder.at('file'), 'latin1')).toBe(
      readFileSync(folder.at('file'), 'latin1'),
    )
  }
})

test('what cannot be read is told by the code that readFileSync gives', async () => {
  await using folder = temporaryFolder('small')
  expect(() => readSmallFile(folder.at('none'))).toThrow('ENOENT')
  expect(() => readSmallFile(folder.path)).toThrow('EISDIR')
})

test('two thousand reads leave no descriptor open', async () => {
  await using folder = temporaryFolder('small')
  await Bun.write(folder.at('file'), 'text')
  for (let read = 0; read < 2000; read++) readSmallFile(folder.at('file'))
  expect(readdirSync('/proc/self/fd').length).toBeLessThan(1000)
})
