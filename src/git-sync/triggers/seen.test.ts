import { expect, test } from 'bun:test'
import { createSeen } from './seen.ts'

test('the oldest is forgotten when there are too many', () => {
  const seen = createSeen(2)
  for (const key of ['a', 'b', 'b', 'c']) seen.add(key)
  expect(['a', 'b', 'c'].map(seen.has)).toEqual([false, true, true])
})
