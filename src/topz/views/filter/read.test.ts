import { expect, test } from 'bun:test'
import { seeded } from '#test/fixtures/seeded.ts'
import { madeUpPod } from '#topz/model/made-up-pod.ts'
import { filterOf } from '../filter.ts'
import { labelsByKey } from '../order.ts'
import { completionsOf } from './completions.ts'
import { readFilter } from './read.ts'
import { writeFilter } from './write.ts'

/** `AT+LENGTH says`, with the text that it is about. */
function faultOf(text: string): string | null {
  const { fault } = readFilter(text)
  if (fault === null) return null
  return `${fault.at} "${text.slice(fault.at, fault.at + fault.length)}": ${fault.says}`
}

test('what cannot be read is told by its place and what to do', () => {
  expect(faultOf('nginx cpu>5parsec')).toBe('11 "parsec": cpu takes a number alone or with m, %')
  expect(faultOf('threads>5k')).toBe('9 "k": threads takes a number without a unit')
  expect(faultOf('-mem>lots')).toBe('5 "lots": a number must follow; write mem>50%')
  expect(faultOf('memory>5')).toBe(
    '0 "memory": there is no memory to compare; take cpu, mem, wait, files, threads, age, read, write',
  )
  expect(faultOf('state:Q')).toStartWith(
    '6 "Q": there is no such state; take R, S, D, T, t, Z, X, I',
  )
  expect(faultOf('pid:seven')).toBe('4 "seven": a PID is a whole number')
  expect(faultOf('c:')).toBe('2 "": nothing follows; write c: and its container')
  expect(faultOf('a "b c')).toStartWith('2 """: this " has no second one where the word ends')
  expect(faultOf('a /b(c/')).toBe('4 "(": this ( has no ); write \\( for the character')
  expect(faultOf('x'.repeat(1001))).toBe('1000 "x": a filter has at most 1000 characters')
  expect(faultOf('x '.repeat(51))).toBe('100 "x": a filter has at most 50 terms')
})

test('of several faults the first is told, and what else was read is kept', () => {
  const { terms, fault } = readFilter('nginx cpu> state:Q user:root')
  expect(fault?.at).toBe(10)
  expect(writeFilter(terms)).toBe('nginx user:root')
})

test('a filter is written as it is usual to type it', () => {
  const written = (text: string): string => writeFilter(readFilter(text).terms)
  expect(written('  nginx   CPU>=0.50  !user:"root" -"a b" ')).toBe(
    'nginx cpu>=0.5 -user:root -"a b"',
  )
  expect(written('"" "-x" --x "c:app" "/a/" "a\\"b" c:"a b"')).toBe(
    '"" "-x" --x "c:app" "/a/" a"b c:"a b"',
  )
  expect(written('/a b\\/c/ age<5MIN mem>50%')).toBe('/a b\\/c/ age<5min mem>50%')
})

/** What a filter is made of, and what it is not. */
const pieces = [
  ...['nginx', 'c:', 'user:', 'state:', 'pid:', 'cpu', 'mem', 'age', 'files', '>', '<=', '=', '!='],
  ...['5', '0.5', 'm', 'Mi', '%', 'min', '/s', '"', '\\', '/', '(', ')', '[', ']', '{2}', '*', '|'],
  ...[
    ' ',
    ' ',
    ' ',
    '-',
    '!',
    '--',
    '\t',
    '\n',
    '\u0000',
    'é',
    '🚀',
    '\ud800',
    '__proto__',
    'D',
    '7',
  ],
] as const

test('any text at all is read without an error, and what was read reads the same when written', () => {
  const random = seeded(5)
  const labels = labelsByKey(madeUpPod)
  let read = 0
  for (let round = 0; round < 20_000; round++) {
    const count = 1 + Math.floor(random() * 12)
    const text = Array.from(
      { length: count },
      () => pieces[Math.floor(random() * pieces.length)] ?? '',
    ).join('')
    const { terms, fault } = readFilter(text)
    if (fault !== null) expect(fault.at).toBeLessThanOrEqual(text.length)
    const written = writeFilter(terms)
    expect({ text, terms: readFilter(written).terms }).toEqual({ text, terms: [...terms] })
    expect(readFilter(written).fault).toBeNull()
    expect(writeFilter(readFilter(written).terms)).toBe(written)
    read += terms.length
    if (round % 20 > 0) continue
    const fits = filterOf(text)
    for (const process of madeUpPod.processes) expect(fits(process, { labels })).toBeBoolean()
    const { from, to } = completionsOf(text, Math.floor(random() * (text.length + 1)), madeUpPod)
    expect(from <= to && to <= text.length).toBe(true)
  }
  expect(read).toBeGreaterThan(20_000)
})
