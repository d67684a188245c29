import { expect, test } from 'bun:test'
import { until } from '#test/fixtures/until.ts'
import { samplesIn, tracedTopz } from './topz-traced.ts'

const viewers = 100
const intervalMs = 1000

test('100 viewers share one sample an interval, and each goes on with the pod', async () => {
  await using traced = await tracedTopz('--history=0', `--interval=${intervalMs}ms`)
  const stop = new AbortController()
  /** Moments by viewer, as it got them. */
  const seen: number[][] = Array.from({ length: viewers }, () => [])
  const following = seen.map(async (moments) => {
    const response = await fetch(`${traced.url}/topz/stream`, { signal: stop.signal })
    expect(response.status).toBe(200)
    let text = ''
    for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      const events = (text + chunk).split('\n\n')
      text = events.pop() ?? ''
      for (const event of events) {
        const takenAtMs = /"takenAtMs":(\d+)/.exec(event)?.[1]
        if (takenAtMs !== undefined) moments.push(Number(takenAtMs))
      }
    }
  })
  const ended = Promise.allSettled(following)
  try {
    await until(() => (seen.every((moments) => moments.length > 0) ? true : null), {
      timeoutMs: 30_000,
    })
    traced.begin()
    const beganMs = performance.now()
    const before = Math.max(...seen.flat())
    const later = (moments: readonly number[]): number[] =>
      moments.filter((moment) => moment > before)
    await until(() => (seen.every((moments) => later(moments).length >= 3) ? true : null), {
      timeoutMs: 30_000,
    })
    const samples = samplesIn(traced.calls())
    // the one that was being taken, and the one that is
    expect(samples).toBeLessThanOrEqual((performance.now() - beganMs) / intervalMs + 2)
    expect(samples).toBeGreaterThanOrEqual(2)
    const told = new Set(seen.flatMap(later))
    expect(Math.abs(samples - told.size)).toBeLessThanOrEqual(1)
  } finally {
    stop.abort()
    await ended
  }
}, 60_000)
