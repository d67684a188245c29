import { expect, test } from 'bun:test'
import { measure, median, type RunOptions } from './run.ts'
import type { Contest, Subject } from './subject.ts'
import { sizesFor } from './subjects.ts'

type Measures = Contest<'time'>['measure']

function subject(measure: Measures, ended: () => void = () => {}): Subject<'time'> {
  return {
    name: 'some',
    how: '',
    needs: [],
    rows: { time: { what: 'time', unit: 'ms' } },
    open: async () => ({ measure, [Symbol.asyncDispose]: async () => ended() }),
  }
}

function options(more: Partial<RunOptions> = {}): RunOptions {
  return {
    runs: 3,
    bench: { sizes: sizesFor({ quick: true, long: false }), gitSync: { ours: '', peer: null } },
    stop: new AbortController().signal,
    say: () => {},
    failed: () => {},
    ...more,
  }
}

test('everybody is measured once a run, another one first each time', async () => {
  const order: string[] = []
  const by = (who: string) => async () => ({ time: order.push(who) })
  const [line] = await measure(
    subject({ ours: by('ours'), beside: by('beside'), peer: null }),
    options(),
  )
  expect(order).toEqual(['ours', 'beside', 'beside', 'ours', 'ours', 'beside'])
  expect(line?.figures.ours).toEqual([1, 4, 5])
  expect(line?.medians).toEqual({ ours: 4, beside: 3, peer: null })
})

test('who fails is told of once and measured no more; the others are', async () => {
  const told: string[] = []
  const [line] = await measure(
    subject({
      ours: async () => ({ time: 1 }),
      beside: null,
      peer: () => Promise.reject(new Error('no such flag')),
    }),
    options({ failed: (what, reason) => told.push(`${what}: ${reason}`) }),
  )
  expect(told).toEqual(['some, peer: no such flag'])
  expect(line?.figures).toEqual({ ours: [1, 1, 1], beside: [], peer: [] })
})

test('a stop measures nobody else, takes away what was set up, and is no failure', async () => {
  const stop = new AbortController()
  const done: string[] = []
  const ours = async () => {
    stop.abort()
    throw new Error('was ended')
  }
  const beside = async () => ({ time: done.push('measured') })
  const all = subject({ ours, beside, peer: null }, () => done.push('taken away'))
  const failed = () => done.push('failed')
  await expect(measure(all, options({ stop: stop.signal, failed }))).rejects.toThrow('abort')
  await expect(measure(all, options({ stop: stop.signal, failed }))).rejects.toThrow('abort')
  expect(done).toEqual(['taken away'])
})

test('the median is the middle one, or the mean of the middle two', () => {
  expect(median([3, 1, 2])).toBe(2)
  expect(median([4, 1, 2, 3])).toBe(2.5)
  expect(median([7])).toBe(7)
  expect(median([])).toBeNull()
})
