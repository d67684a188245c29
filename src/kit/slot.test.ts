import { expect, test } from 'bun:test'
import { systemClock } from './clock.ts'
import { createSlot } from './slot.ts'

test('the newest value wins while one is handled, and putting never waits', async () => {
  const handled: number[] = []
  const slot = createSlot<number>({
    async handle(value) {
      handled.push(value)
      await Bun.sleep(5)
    },
    backoffMs: 0,
    clock: systemClock,
    stop: new AbortController().signal,
  })
  for (const value of [1, 2, 3, 4]) slot.put(value)
  await slot.idle()
  expect(handled).toEqual([1, 4])
})

test('a value that fails is tried again, unless a newer one came', async () => {
  const handled: number[] = []
  const slot = createSlot<number>({
    async handle(value) {
      handled.push(value)
      if (handled.length === 2) slot.put(9)
      if (handled.length < 3) throw new Error('no')
    },
    backoffMs: 1,
    clock: systemClock,
    stop: new AbortController().signal,
  })
  slot.put(1)
  await slot.idle()
  expect(handled).toEqual([1, 1, 9])
})

test('a stop ends the tries', async () => {
  const stop = new AbortController()
  let tries = 0
  const slot = createSlot<number>({
    async handle() {
      tries++
      stop.abort()
      throw new Error('no')
    },
    backoffMs: 60_000,
    clock: systemClock,
    stop: stop.signal,
  })
  slot.put(1)
  await slot.idle()
  expect(tries).toBe(1)
})
