import { expect, test } from 'bun:test'
import { readOptions } from './options.ts'

const reason = (...args: readonly string[]): string => {
  const asked = readOptions(args)
  return asked.kind === 'refused' ? asked.reason : asked.kind
}

test('without options the demo makes its own repository and stays', () => {
  expect(readOptions([])).toEqual({
    kind: 'run',
    options: { repo: null, ref: 'HEAD', check: false },
  })
})

test('a repository, a ref and a check are taken in either form', () => {
  expect(readOptions(['--repo', 'https://host/x', '--ref=v1', '--check'])).toEqual({
    kind: 'run',
    options: { repo: 'https://host/x', ref: 'v1', check: true },
  })
})

test('what is not understood is refused in one line that names it', () => {
  expect(reason('--wrong')).toMatch(/^[^\n]*--wrong[^\n]*$/)
  expect(reason('word')).toMatch(/^[^\n]*word[^\n]*$/)
  expect(reason('--ref', 'v1')).toMatch(/--ref needs --repo/)
  expect(reason('--repo=')).toMatch(/--repo is empty/)
  expect(reason('--help')).toBe('help')
})
