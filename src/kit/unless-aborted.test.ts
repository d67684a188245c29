import { expect, test } from 'bun:test'
import { unlessAborted } from './unless-aborted.ts'

const late = 'too late'

test('work that ends in time is given, and its error too', async () => {
  const { signal: stop } = new AbortController()
  expect(await unlessAborted(Promise.resolve(1), { stop, late })).toBe(1)
  const failing = Promise.reject(new Error('own'))
  expect(unlessAborted(failing, { stop, late })).rejects.toThrow('own')
})

test('what never ends is left when the time is over, before or after', async () => {
  const end = new AbortController()
  const work = unlessAborted(new Promise(() => {}), { stop: end.signal, late })
  end.abort()
  expect(work).rejects.toThrow(late)
  expect(unlessAborted(new Promise(() => {}), { stop: end.signal, late })).rejects.toThrow(late)
})
