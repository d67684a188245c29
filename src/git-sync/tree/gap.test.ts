import { expect, test } from 'bun:test'
import { createGap } from './gap.ts'

const never = new AbortController().signal

test('what needs a moment between passes is done in one, in its turn', async () => {
  const gap = createGap()
  const done: string[] = []
  gap.watch(() => done.push('look'))
  const first = gap.within(() => done.push('first'), never)
  const second = gap.within(() => done.push('second'), never)
  await Bun.sleep(1)
  expect(done).toEqual([])
  gap.open()
  expect(done).toEqual(['look', 'first', 'second'])
  // it stays open until a pass writes: nobody has to look again
  gap.open()
  await gap.within(() => done.push('third'), never)
  expect(done).toEqual(['look', 'first', 'second', 'third'])
  gap.close()
  gap.open()
  expect(done.at(-1)).toBe('look')
  await Promise.all([first, second])
})

test('who waits for a moment is let go by a stop, and told what went wrong', async () => {
  const gap = createGap()
  const stop = new AbortController()
  const waiting = gap.within(() => 1, stop.signal)
  stop.abort()
  expect(await waiting).toBeNull()
  expect(await gap.within(() => 1, stop.signal)).toBeNull()
  const failing = gap.within(() => {
    throw new Error('no room')
  }, never)
  gap.open()
  expect(failing).rejects.toThrow('no room')
})

test('who looks no more is not called', () => {
  const gap = createGap()
  let looks = 0
  const watch = gap.watch(() => looks++)
  gap.open()
  watch.end()
  gap.close()
  gap.open()
  expect(looks).toBe(1)
})
