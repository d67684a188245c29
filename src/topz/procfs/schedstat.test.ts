import { expect, test } from 'bun:test'
import { parseSchedstat } from './schedstat.ts'

function parsed(text: string, stale = '') {
  const into = { ranNs: -1, waitNs: -1, turns: -1 }
  parseSchedstat(Buffer.from(text + stale), text.length, into)
  return into
}

test('it tells time on a CPU, time waited for one, and turns', () => {
  expect(parsed('79371527 1500000000 42\n')).toEqual({
    ranNs: 79371527,
    waitNs: 1500000000,
    turns: 42,
  })
  expect(parsed('0 0 0\n')).toEqual({ ranNs: 0, waitNs: 0, turns: 0 })
})

test('bytes after the given length belong to an earlier read', () => {
  expect(parsed('1 2', '999 3\n')).toEqual({ ranNs: 1, waitNs: 2, turns: 0 })
  expect(parsed('', '1 5000000000 1\n')).toEqual({ ranNs: 0, waitNs: 0, turns: 0 })
})
