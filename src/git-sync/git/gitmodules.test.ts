import { afterAll, expect, test } from 'bun:test'
import { mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gitIn } from './git-for-tests.ts'
import { parseGitmodules } from './gitmodules.ts'

const folder = mkdtempSync(join(tmpdir(), 'sidecars-gitmodules-'))
afterAll(() => rm(folder, { recursive: true }))

/** What we read of a file with these lines, by way of git. */
async function read(...lines: readonly string[]): Promise<Record<string, unknown>> {
  const path = join(folder, crypto.randomUUID())
  await Bun.write(path, `${lines.join('\n')}\n`)
  const listing = await gitIn(folder, 'config', '--file', path, '--null', '--list')
  return Object.fromEntries(parseGitmodules(listing))
}

const usual = { update: 'checkout', isShallow: false }

test('a submodule is found by its path, whatever its name', async () => {
  const found = await read(
    ...['[submodule "a.b c"]', 'path = "with \\"quotes\\"\\nand lines"', 'url = ../x.git'],
    ...['[submodule "two"]', 'path = two', 'url = https://h/two', 'branch = main'],
  )
  expect(found).toEqual({
    'with "quotes"\nand lines': { ...usual, name: 'a.b c', url: '../x.git' },
    two: { ...usual, name: 'two', url: 'https://h/two' },
  })
})

test('what a submodule says of its update and its history is read as git reads words', async () => {
  const found = await read(
    ...['[submodule "a"]', 'path = a', 'url = u', 'update = none', 'shallow = Yes'],
    ...['[submodule "b"]', 'path = b', 'url = u', 'shallow'],
    ...['[submodule "c"]', 'path = c', 'url = u', 'shallow = off'],
  )
  expect(found).toEqual({
    a: { name: 'a', url: 'u', update: 'none', isShallow: true },
    b: { ...usual, name: 'b', url: 'u', isShallow: true },
    c: { ...usual, name: 'c', url: 'u' },
  })
})

test('the last word counts, and one without path or URL is none', async () => {
  const found = await read(
    ...['[submodule "a"]', 'path = old', 'path = a', 'url = one', 'url = two'],
    ...['[submodule "b"]', 'path = b'],
    ...['[submodule "c"]', 'url = u'],
    ...['[core]', 'editor = vi'],
  )
  expect(found).toEqual({ a: { ...usual, name: 'a', url: 'two' } })
})

test('names that lead out of a folder and values that look like options are passed over', async () => {
  const found = await read(
    ...['[submodule "../../hooks"]', 'path = a', 'url = u'],
    ...['[submodule "x/../y"]', 'path = b', 'url = u'],
    ...['[submodule ""]', 'path = c', 'url = u'],
    ...['[submodule "d"]', 'path = d', 'url = --upload-pack=evil'],
    ...['[submodule "e"]', 'path = -e', 'url = u'],
  )
  expect(found).toEqual({})
})
