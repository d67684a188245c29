import { expect, test } from 'bun:test'
import { manual } from './manual.ts'
import { options } from './options/options.ts'

const text = manual(options)

test('the manual has every option with its variable, and a section for each thing to rest on', () => {
  for (const option of Object.values(options.options)) {
    const { flag, env, envOnly } = { env: undefined, envOnly: false, ...option }
    if (!envOnly) expect(text).toContain(`--${flag}`)
    if (env !== undefined) expect(text).toContain(`$${env}`)
  }
  const titles = [...text.matchAll(/^[A-Z][A-Z ]+$/gm)].map(String)
  expect(titles).toEqual([
    ...['NAME', 'SYNOPSIS', 'DESCRIPTION', 'FILES AND LINKS', 'OPTIONS', 'ENVIRONMENT'],
    ...['SETTINGS FOR GIT', 'CREDENTIALS', 'HOOKS', 'FAILURES', 'SIGNALS', 'HTTP ENDS'],
    ...['METRICS', 'LOG', 'EXIT CODES', 'EXAMPLES'],
  ])
})

test('each option that the manual speaks of is one', () => {
  const flags = Object.values(options.options).flatMap((option) => [
    ...[option.flag, ...('hidden' in option ? option.hidden : [])],
  ])
  const known = new Set<string>([...flags, 'help', 'version', 'man'])
  for (const [, flag = ''] of text.matchAll(/(?<![\w-])--([a-z][a-z-]*)/g)) {
    expect([flag, known.has(flag)]).toEqual([flag, true])
  }
})

test('it fits a terminal and has no tab', () => {
  expect(text).not.toContain('\t')
  const long = text.split('\n').filter((line) => line.length > 104)
  expect(long).toEqual([])
})
