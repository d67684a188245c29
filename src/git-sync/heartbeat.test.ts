import { expect, test } from 'bun:test'
import { createHeartbeat } from './heartbeat.ts'

test('a loop lives until a beat is overdue, and again after the next one', () => {
  let now = 0
  const heart = createHeartbeat({ nowMs: () => 0, monotonicMs: () => now, sleep: async () => {} })
  expect(heart.lives()).toBe(true)
  heart.beat(1000)
  now = 11_000
  expect(heart.lives()).toBe(true)
  now = 11_001
  expect(heart.lives()).toBe(false)
  heart.beat(0)
  expect(heart.lives()).toBe(true)
})
