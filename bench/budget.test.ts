import { expect, test } from 'bun:test'
import { budgetText, verdictOn } from './budget.ts'

const either = [
  { atMost: 1 / 8, of: 'peer' },
  { atMost: 1 / 4, of: 'beside' },
] as const

test('a budget is kept when one of its limits holds', () => {
  expect(verdictOn(either, { ours: 20, beside: 100, peer: 100 })).toBe('kept')
  expect(verdictOn(either, { ours: 20, beside: 70, peer: 160 })).toBe('kept')
})

test('a budget is missed when no limit that was measured holds', () => {
  expect(verdictOn(either, { ours: 30, beside: 100, peer: 100 })).toBe('missed')
  expect(verdictOn(either, { ours: 30, beside: 100, peer: null })).toBe('missed')
  expect(verdictOn([{ atMost: 0 }], { ours: 1, beside: null, peer: null })).toBe('missed')
})

test('a budget that nothing measured decides is unknown', () => {
  expect(verdictOn(either, { ours: 30, beside: null, peer: null })).toBe('unknown')
  expect(verdictOn([{ atMost: 1 }], { ours: null, beside: 1, peer: 1 })).toBe('unknown')
})

test('a poll that the window cuts in two does not miss a budget', () => {
  const medians = { beside: null, peer: null }
  expect(verdictOn([{ atMost: 1 }], { ours: 1001 / 1000, ...medians })).toBe('kept')
  expect(verdictOn([{ atMost: 1 }], { ours: 1.02, ...medians })).toBe('missed')
})

test('a budget is written as people say it', () => {
  const row = { what: 'poll', unit: 'ms', beside: 'git ls-remote' } as const
  expect(budgetText({ ...row, budget: [{ atMost: 1 / 30, of: 'peer' }, { atMost: 1.6 }] })).toBe(
    '≤ 1/30 of the peer or 1.6 ms',
  )
  expect(budgetText({ ...row, budget: [{ atMost: 1, of: 'beside' }] })).toBe('≤ git ls-remote')
  expect(budgetText(row)).toBe('')
})
