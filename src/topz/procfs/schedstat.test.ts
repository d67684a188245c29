import { expect, test } from 'bun:test'
import { parseWaitSeconds } from './schedstat.ts'

const parsed = (text: string, stale = ''): number =>
  parseWaitSeconds(Buffer.from(text + stale), text.length)

test('the second number is the time waited', () => {
  expect(parsed('79371527 1500000000 42\n')).toBe(1.5)
  expect(parsed('0 0 0\n')).toBe(0)
})

test('bytes after the given length belong to an earlier read', () => {
  expect(parsed('1 2', '999 3\n')).toBe(2e-9)
  expect(parsed('', '1 5000000000 1\n')).toBe(0)
})
