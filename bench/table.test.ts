import { expect, test } from 'bun:test'
import type { Measured } from './run.ts'
import type { Row } from './subject.ts'
import { table } from './table.ts'

function measured(row: Row, ours: readonly number[], theirs: number | null = null): Measured {
  return {
    row,
    figures: { ours, beside: [], peer: [] },
    medians: { ours: ours[0] ?? null, beside: theirs, peer: null },
  }
}

function cellsOf(line: Measured): readonly string[] {
  const text = table([line]).split('\n')[2] ?? ''
  return text
    .slice(2, -2)
    .split(' | ')
    .map((cell) => cell.trim())
}

const poll: Row = { what: 'poll', unit: 'ms', beside: 'git ls-remote', budget: [{ atMost: 2 }] }

test('a line tells ours with its range, what stands beside it, and the ratio', () => {
  expect(cellsOf(measured(poll, [1, 0.9, 1.2], 4))).toEqual([
    'poll',
    '1 ms (0.9–1.2)',
    'git ls-remote 4 ms',
    '0.25',
    'not measured',
    '',
    '≤ 2 ms',
  ])
})

test('a missed budget is marked', () => {
  expect(cellsOf(measured(poll, [3])).at(-1)).toBe('**missed** ≤ 2 ms')
})

test('what was not measured says so instead of a figure', () => {
  expect(cellsOf(measured(poll, []))).toEqual([
    'poll',
    'not measured',
    'git ls-remote not measured',
    '',
    'not measured',
    '',
    '≤ 2 ms: not measured',
  ])
})

test('the columns of all lines stand below each other', () => {
  const text = table([measured(poll, [3], 7), measured({ what: 'µ', unit: 'µs' }, [1234])])
  expect(new Set(text.split('\n').map((line) => Bun.stringWidth(line))).size).toBe(1)
})
