import { expect, test } from 'bun:test'
import { readOptions } from './options.ts'

function reasonFor(...args: readonly string[]): string {
  const asked = readOptions(args)
  if (asked.kind !== 'refused') throw new Error(`${args.join(' ')} is taken`)
  return asked.reason
}

test('without options all of it is measured three times, a quick one once', () => {
  const usual = { quick: false, only: [], long: false, write: false, peer: null, runs: 3 }
  expect(readOptions([])).toEqual({ kind: 'run', options: usual })
  expect(readOptions(['--quick'])).toMatchObject({ options: { quick: true, runs: 1 } })
  expect(readOptions(['--quick', '--runs=2'])).toMatchObject({ options: { runs: 2 } })
})

test('subjects are named one by one', () => {
  expect(readOptions(['--only=update', '--only', 'poll-http'])).toMatchObject({
    options: { only: ['update', 'poll-http'] },
  })
})

test('what cannot be is refused with its reason', () => {
  expect(reasonFor('--only=polls')).toBe('--only "polls": no such subject')
  expect(reasonFor('--runs=0')).toBe('--runs "0": not a number')
  expect(reasonFor('--fast')).toBe("Unknown option '--fast'")
})

test('a page is not written of a part, nor of noise', () => {
  for (const part of ['--quick', '--only=update']) {
    expect(reasonFor('--write', part)).toStartWith('--write wants all subjects in full')
  }
  expect(readOptions(['--write'])).toMatchObject({ options: { write: true } })
})
