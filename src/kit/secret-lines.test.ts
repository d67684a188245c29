import { afterAll, expect, test } from 'bun:test'
import { mkdirSync, writeFileSync } from 'node:fs'
import { temporaryFolder } from '#test/fixtures/temp.ts'
import { readSecretLines } from './secret-lines.ts'

const folder = temporaryFolder('secret-lines')
afterAll(folder.remove)

function file(name: string, text: string): string {
  writeFileSync(folder.at(name), text)
  return folder.at(name)
}

test('each line of each file is a secret, without blanks around it and empty lines', () => {
  const files = [file('one', 'a\r\n\n  b c \n'), file('two', 'd')]
  expect(readSecretLines(files, 'push-secret-file')).toEqual(['a', 'b c', 'd'])
})

test('a file that is not there, empty, large or no file is refused in one sentence', () => {
  mkdirSync(folder.at('folder'))
  Bun.spawnSync(['mkfifo', folder.at('pipe')])
  for (const [path, why] of [
    [folder.at('none'), 'it is not there; make it'],
    [file('empty', '\n \n'), 'it is empty; write a secret into it'],
    [file('large', 'x'.repeat(70_000)), 'it has 70000 bytes; one secret a line is enough'],
    [folder.at('folder'), 'it is no file; name one'],
    [folder.at('pipe'), 'it is no file; name one'],
  ] as const) {
    const good = file('good', 'a')
    expect(() => readSecretLines([good, path], 'push-secret-file')).toThrow(
      `Cannot use --push-secret-file ${path}: ${why}`,
    )
  }
})
