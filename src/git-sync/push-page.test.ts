import { expect, test } from 'bun:test'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { options } from './options/options.ts'

const page = readFileSync(join(import.meta.dir, '../../docs/push.md'), 'utf8')

test('each option that the page about pushes speaks of is one', () => {
  const known = Object.values(options.options).flatMap((option) => [
    `--${option.flag}`,
    ...('env' in option ? [option.env] : []),
  ])
  const told = [...page.matchAll(/--(?:push|http|period|ref|repo|sync)[a-z-]*|GITSYNC_\w+/g)]
  expect(told.length).toBeGreaterThan(10)
  for (const [name] of told) expect(known).toContain(name)
})

test('each answer and reason that the page quotes is one that is given', () => {
  const folder = join(import.meta.dir, 'triggers')
  const source = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
    .map((name) => readFileSync(join(folder, name), 'utf8'))
    .join('\n')
  const table = page.slice(page.indexOf('## When nothing happens'))
  const quotes = [...table.matchAll(/^\| (?:\d{3}|401, log:) `([^`]+)`|^\| 401, log: `([^`]+)`/gm)]
  expect(quotes.length).toBeGreaterThan(8)
  for (const [, answer, reason] of quotes) {
    const parts = (answer ?? reason ?? '').split(/…|refs\/|: |"/).map((part) => part.trim())
    for (const part of parts.filter((text) => text !== '')) expect(source).toContain(part)
  }
})
