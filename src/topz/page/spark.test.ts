import { expect, test } from 'bun:test'
import { sparkOf } from './spark.ts'

const box = { width: 90, height: 20, moments: 10 }

test('a line ends at the right, its ground is 0 and its top the largest value', () => {
  const { line, area } = sparkOf([0, 50, 100], box, 1)
  expect(line).toBe('M70 19.5L80 10L90 0.5')
  expect(area).toBe('M70 20L70 19.5L80 10L90 0.5L90 20Z')
})

test('noise about nothing stays flat', () => {
  const { line } = sparkOf([0, 1, 0], box, 1000)
  expect(line).toBe('M70 19.5L80 19.5L90 19.5')
})

test('what was not known is a gap, and a lone moment is no line', () => {
  expect(sparkOf([1, 1, null, 1, 1], box, 1).line).toBe('M50 0.5L60 0.5M80 0.5L90 0.5')
  expect(sparkOf([null, 1, null], box, 1)).toEqual({ line: '', area: '' })
  expect(sparkOf([], box, 1)).toEqual({ line: '', area: '' })
})
