import { expect, test } from 'bun:test'
import { formatDuration, parseDuration } from './duration.ts'

test('durations are read as Go reads them', () => {
  expect(parseDuration('10s')).toBe(10_000)
  expect(parseDuration('1h2m3.5s')).toBe(3_723_500)
  expect(parseDuration('100ms')).toBe(100)
  expect(parseDuration('1m30s')).toBe(90_000)
  expect(parseDuration('-2s')).toBe(-2000)
  expect(parseDuration('+.5s')).toBe(500)
  expect(parseDuration('0')).toBe(0)
  expect(parseDuration('250us')).toBe(0.25)
  expect(parseDuration('-2562047h')).toBe(-2_562_047 * 3_600_000)
})

test('what Go refuses is refused', () => {
  for (const text of [
    '',
    '10',
    's',
    '1 s',
    '1s ',
    '1d',
    '--1s',
    '1.2.3s',
    '1e3s',
    'abc',
    '2562048h',
  ]) {
    expect([text, parseDuration(text)]).toEqual([text, null])
  }
})

test('durations are printed as Go prints them', () => {
  expect(formatDuration(10_000)).toBe('10s')
  expect(formatDuration(90_000)).toBe('1m30s')
  expect(formatDuration(3_600_000)).toBe('1h0m0s')
  expect(formatDuration(0)).toBe('0s')
  expect(formatDuration(100)).toBe('100ms')
  expect(formatDuration(0.25)).toBe('250µs')
  expect(formatDuration(-1500)).toBe('-1.5s')
})

test('what is printed reads back the same', () => {
  for (const ms of [1, 10, 999, 1000, 61_500, 3_723_500, 86_400_000]) {
    expect(parseDuration(formatDuration(ms))).toBe(ms)
  }
})
