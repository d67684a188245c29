import { expect, test } from 'bun:test'
import { figureText, rangeText } from './units.ts'

test('a figure has three digits and the largest unit in which it is at least one', () => {
  expect(figureText(0.934, 'ms')).toBe('0.93 ms')
  expect(figureText(12.345, 'ms')).toBe('12.3 ms')
  expect(figureText(2412, 'ms')).toBe('2.41 s')
  expect(figureText(5_400_000, 'bytes')).toBe('5.4 MB')
  expect(figureText(-120_000, 'bytes')).toBe('-120 kB')
  expect(figureText(50_012, 'count')).toBe('50,012')
})

test('a range has the unit of its median, and is left out when nothing differs', () => {
  expect(rangeText([1004, 998, 1200], 'ms')).toBe('1 s (1–1.2)')
  expect(rangeText([84, 80, 97], 'ms')).toBe('84 ms (80–97)')
  expect(rangeText([1, 1, 1.001], 'count')).toBe('1')
})
