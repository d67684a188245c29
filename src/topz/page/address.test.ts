import { expect, test } from 'bun:test'
import { orderBy } from '#topz/views/order.ts'
import { choiceOf, hashOf } from './address.ts'

test('what is usual leaves no trace in the address', () => {
  expect(choiceOf('')).toEqual({
    filter: '',
    order: orderBy('cpuMillicores'),
    arrangement: 'list',
    atMs: null,
    process: null,
  })
  expect(hashOf(choiceOf(''))).toBe('')
})

test('a choice goes through the address unchanged', () => {
  const choices = [
    {
      filter: 'c:app cpu>100m',
      order: { column: 'rssBytes', descending: true },
      arrangement: 'list',
      atMs: null,
      process: null,
    },
    {
      filter: '50% & "x" #1',
      order: { column: 'pid', descending: false },
      arrangement: 'tree',
      atMs: 1_750_000_000_000,
      process: '41.100',
    },
    {
      filter: '',
      order: { column: 'cpuMillicores', descending: false },
      arrangement: 'groups',
      atMs: null,
      process: null,
    },
  ] as const
  for (const choice of choices) expect(choiceOf(hashOf(choice))).toEqual(choice)
  expect(hashOf(choices[0])).toBe('#filter=c%3Aapp+cpu%3E100m&sort=-mem')
})

test('an address that makes no sense is the usual choice', () => {
  expect(choiceOf('#sort=-nonsense&x=1&view=cards&at=-5')).toEqual(choiceOf(''))
})
