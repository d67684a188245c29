import { expect, test } from 'bun:test'
import { systemClock } from '#kit/clock.ts'
import { createThrottle } from './throttle.ts'

test('the first is done at once, the newest of the others later, and none twice', async () => {
  const sleeping: (() => void)[] = []
  const sleep = (): Promise<void> => new Promise((resolve) => sleeping.push(resolve))
  const wake = async (): Promise<void> => {
    sleeping.pop()?.()
    await Bun.sleep(1)
  }
  const throttled = createThrottle(1000, { ...systemClock, sleep })
  const done: string[] = []
  for (const name of ['one', 'two', 'three']) throttled(() => void done.push(name))
  expect(done).toEqual(['one'])
  await wake()
  expect(done).toEqual(['one', 'three'])
  throttled(() => void done.push('four'))
  expect(done).toEqual(['one', 'three'])
  await wake()
  await wake()
  expect(done).toEqual(['one', 'three', 'four'])
  throttled(() => void done.push('five'))
  expect(done).toEqual(['one', 'three', 'four', 'five'])
})
