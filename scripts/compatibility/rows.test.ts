import { expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { options } from '#git-sync/options/options.ts'
import { changed, kept } from './behaviours.ts'
import { optionRows } from './rows.ts'

const tests = resolve(import.meta.dir, '../../test')

test('each option has its line, in the order of help', () => {
  expect(Object.keys(optionRows)).toEqual(Object.keys(options.options))
})

test('each test that is named stands in its file', () => {
  const named = [
    ...[...kept, ...changed].map(({ heldBy }) => heldBy),
    ...Object.values(optionRows).map(({ heldBy: { file, name } }) => ({
      file: `e2e/${file}`,
      name,
    })),
  ]
  const lost = named.filter(({ file, name }) => {
    const text = readFileSync(`${tests}/${file}.test.ts`, 'utf8').replaceAll("\\'", "'")
    return !text.includes(name)
  })
  expect(lost).toEqual([])
})

test('what differs is said, and nothing else', () => {
  for (const { verdict, why } of Object.values(optionRows)) {
    expect(why === '').toBe(verdict === 'same')
  }
})
