import { afterAll, expect, test } from 'bun:test'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { readSecret } from './secret-file.ts'

const folder = mkdtempSync(`${tmpdir()}/sidecars-secret-file-`)
afterAll(() => rmSync(folder, { recursive: true }))
const file = `${folder}/secret`

function secretOf(content: string | Uint8Array): string {
  writeFileSync(file, content)
  return readSecret(file, '--secret').toString('latin1')
}

test('a secret is the first line without its end, byte for byte', () => {
  expect(secretOf('word')).toBe('word')
  expect(secretOf(' two words \n')).toBe(' two words ')
  expect(secretOf('first\r\nsecond\r\n')).toBe('first')
  expect(secretOf('a\rb')).toBe('a\rb')
  expect(secretOf(new Uint8Array([0xff, 0, 0x0a, 0x41]))).toBe('\xff\0')
  expect(secretOf(`${'x'.repeat(4096)}\r\n${'y'.repeat(9000)}`)).toBe('x'.repeat(4096))
})

test('what holds no secret is told by option and path, without what it holds', () => {
  for (const content of ['', '\n', '\r\n', '\nhidden-word']) {
    expect(() => secretOf(content)).toThrow(
      `Cannot use --secret ${JSON.stringify(file)}: its first line is empty`,
    )
  }
  expect(() => secretOf('hidden-word'.repeat(1000))).toThrow('is longer than 4096 bytes')
  expect(() => readSecret(folder, '--secret')).toThrow(
    `Cannot read --secret ${JSON.stringify(folder)}: it is no file`,
  )
  expect(() => readSecret('/nowhere/secret', '--secret')).toThrow('ENOENT')
})

test('a pipe that nobody writes to is no secret, and nobody waits for it', () => {
  const pipe = `${folder}/pipe`
  Bun.spawnSync(['mkfifo', pipe])
  expect(() => readSecret(pipe, '--secret')).toThrow('it is no file')
})
