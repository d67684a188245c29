import { expect, test } from 'bun:test'
import { timeLimit } from './time-limit.ts'

test('it ends when its time is over', async () => {
  using limit = timeLimit({ ms: 1 })
  expect(limit.signal.aborted).toBe(false)
  await new Promise((resolve) => limit.signal.addEventListener('abort', resolve))
})

test('it ends with what it is a part of, also when that is over before it begins', () => {
  const stop = new AbortController()
  using before = timeLimit({ ms: 60_000, stop: stop.signal })
  stop.abort()
  using after = timeLimit({ ms: 60_000, stop: stop.signal })
  expect([before.signal.aborted, after.signal.aborted]).toEqual([true, true])
})

test('when it is freed nothing is left of it', async () => {
  const stop = new AbortController()
  const limit = timeLimit({ ms: 1, stop: stop.signal })
  limit[Symbol.dispose]()
  stop.abort()
  await Bun.sleep(5)
  expect(limit.signal.aborted).toBe(false)
})
