import { expect, test } from 'bun:test'
import { createLog, type Log, type LogOptions } from './log.ts'
import { Secret } from './secret.ts'

const clock = { nowMs: () => 1_700_000_000_123, monotonicMs: () => 0, sleep: async () => {} }

function open(options: Partial<LogOptions> = {}): { log: Log; lines: string[] } {
  const lines: string[] = []
  const log = createLog({ verbosity: 0, clock, write: (line) => void lines.push(line), ...options })
  return { log, lines }
}

test('a line is one JSON object with time, level and message before its fields', () => {
  const { log, lines } = open()
  log.info('published', { commit: 'abc', files: 3 })
  const record = JSON.parse(lines[0] ?? '')
  expect(Object.keys(record)).toEqual(['ts', 'level', 'msg', 'commit', 'files'])
  expect(record.ts).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.123000$/)
  expect(record).toMatchObject({ level: 0, msg: 'published', commit: 'abc', files: 3 })
})

test('where local time is UTC a line says the same', () => {
  const { log, lines } = open({ utc: true })
  log.info('published')
  expect(JSON.parse(lines[0] ?? '').ts).toBe('2023-11-14 22:13:20.123000')
})

test('a line holds nothing that a terminal would obey, and JSON reads it as it was', () => {
  const output = '\x1b[31m \x9b31m \x7f \u202e \u2066 \0'
  for (const readable of [false, true]) {
    const { log, lines } = open({ readable })
    log.info('ran', { output })
    expect(lines[0]).toMatch(/^[\x20-\x7e]+$/)
    if (!readable) expect(JSON.parse(lines[0] ?? '').output).toBe(output)
  }
})

test('an error has its causes in "error", and no level', () => {
  const { log, lines } = open()
  const cause = new Error('connection refused\nby peer')
  log.error('sync failed', { error: new Error('Cannot fetch', { cause }) })
  const record = JSON.parse(lines[0] ?? '')
  expect(record.error).toBe('Cannot fetch: connection refused | by peer')
  expect('level' in record).toBe(false)
})

test('lines above the verbosity are not written', () => {
  const { log, lines } = open({ verbosity: 2 })
  log.debug(2, 'seen')
  log.debug(3, 'unseen')
  expect(lines.map((line) => JSON.parse(line).msg)).toEqual(['seen'])
})

test('no secret reaches a line: by type, by name in a URL, by being known', () => {
  const { log, lines } = open()
  log.hide('p"ss word')
  log.info('using https://me:hunter2@host/x', {
    password: new Secret('abcdef'),
    output: 'fatal: p"ss word and p%22ss%20word',
    nested: { url: 'http://a:b@c/' },
  })
  expect(lines[0]).not.toMatch(/hunter2|abcdef|ss word|ss%20word|a:b@/)
  expect(JSON.parse(lines[0] ?? '').msg).toBe('using https://me:[redacted]@host/x')
})

test('a secret that is told again and again stays hidden, one of long ago does not', () => {
  const { log, lines } = open()
  log.hide('first-secret')
  for (let count = 0; count < 2000; count++) {
    log.hide('kept-secret')
    log.hide(`secret-${count}`)
  }
  log.info('first-secret kept-secret secret-1999')
  expect(JSON.parse(lines[0] ?? '').msg).toBe('first-secret [redacted] [redacted]')
})

test('a reader at a terminal gets words', () => {
  const { log, lines } = open({ readable: true })
  log.warn('slow host', { host: 'a b', tries: 2 })
  expect(lines[0]).toMatch(/^\d\d:\d\d:\d\d\.123 warning: slow host host="a b" tries=2$/)
})

test('a secret is masked before its line is written in quotes for a person', () => {
  const { log, lines } = open({ readable: true })
  log.hide('pa"ss \\word')
  log.warn('it said pa"ss \\word', { said: 'pa"ss \\word', list: ['no', 'pa"ss \\word'] })
  expect(lines[0]).toEndWith(
    'it said [redacted] said=[redacted] list="[\\"no\\",\\"[redacted]\\"]"',
  )
})

test('what a host says cannot steer the terminal of a person', () => {
  const { log, lines } = open({ readable: true })
  log.warn('git failed', { said: '\x1b[2Jx' })
  expect(lines[0]).toEndWith('git failed said="\\u001b[2Jx"')
})
