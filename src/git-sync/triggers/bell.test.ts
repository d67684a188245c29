import { expect, test } from 'bun:test'
import { systemClock } from '#kit/clock.ts'
import { createBell } from './bell.ts'

const longMs = 60_000
const never = new AbortController().signal

test('a wait that nobody disturbs takes its time', async () => {
  expect(await createBell(systemClock).wait(1, never)).toBeNull()
})

test('ringing ends the wait, and tells by whom', async () => {
  const bell = createBell(systemClock)
  const waiting = bell.wait(longMs, never)
  bell.ring('SIGHUP')
  expect(await waiting).toBe('SIGHUP')
})

test('ringing while nobody waits ends the next wait, and only that one', async () => {
  const bell = createBell(systemClock)
  for (const by of ['one', 'two', 'three']) bell.ring(by)
  expect(await bell.wait(longMs, never)).toBe('three')
  expect(await bell.wait(1, never)).toBeNull()
})

test('a stop ends the wait, also one that came before', async () => {
  const bell = createBell(systemClock)
  const stop = new AbortController()
  const waiting = bell.wait(longMs, stop.signal)
  stop.abort()
  expect(await waiting).toBeNull()
  expect(await bell.wait(longMs, stop.signal)).toBeNull()
})
