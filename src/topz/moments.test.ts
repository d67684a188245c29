import { describe, expect, test } from 'bun:test'
import type { Clock } from '#kit/clock.ts'
import type { Table } from '#topz/model/table.ts'
import type { Sample } from '#topz/sample/sample.ts'
import { createMoments, type Moments } from './moments.ts'

interface World {
  readonly moments: Moments
  /** When samples were taken. */
  readonly samples: number[]
  readonly tables: Table[]
  readonly errors: string[]
  /** Lets time pass, and with it all that waits for it. */
  pass(ms: number): Promise<void>
  fail(error: Error | null): void
}

function world(intervalMs = 1000): World {
  let nowMs = 10_000
  const sleepers = new Set<{ untilMs: number; wake: () => void }>()
  const clock: Clock = {
    nowMs: () => nowMs,
    monotonicMs: () => nowMs,
    sleep: (ms) =>
      new Promise((wake) => void sleepers.add({ untilMs: nowMs + Math.max(0, ms), wake })),
  }
  const samples: number[] = []
  const tables: Table[] = []
  const errors: string[] = []
  let fault: Error | null = null
  const sampler = {
    sample(): Sample {
      if (fault !== null) throw fault
      samples.push(nowMs)
      return emptySample(nowMs)
    },
  }
  const moments = createMoments({
    sampler,
    clock,
    log: { error: (message) => void errors.push(message) },
    intervalMs,
    onTable: (table) => void tables.push(table),
  })
  return {
    moments,
    samples,
    tables,
    errors,
    fail: (error) => {
      fault = error
    },
    async pass(ms) {
      const endMs = nowMs + ms
      for (;;) {
        await settled()
        const next = [...sleepers].sort((a, b) => a.untilMs - b.untilMs)[0]
        if (next === undefined || next.untilMs > endMs) break
        sleepers.delete(next)
        nowMs = Math.max(nowMs, next.untilMs)
        next.wake()
      }
      nowMs = endMs
      await settled()
    },
  }
}

async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve()
}

function emptySample(monotonicMs: number): Sample {
  return {
    takenAtMs: monotonicMs,
    monotonicMs,
    uptimeSeconds: 1000,
    tookMs: 1,
    hostMemoryBytes: 2 ** 30,
    ownPid: null,
    podUid: null,
    users: new Map(),
    processes: [],
    containers: [],
    ended: [],
    network: null,
  }
}

describe('a question', () => {
  test('that is the first takes two samples half a second apart, for all who ask meanwhile', async () => {
    const { moments, samples, pass } = world()
    const answers = [moments.now(), moments.now()]
    await pass(200)
    answers.push(moments.now())
    await pass(300)
    const tables = await Promise.all(answers)
    expect(samples).toEqual([10_000, 10_500])
    expect(new Set(tables).size).toBe(1)
    expect(tables[0]?.intervalMs).toBe(500)
  })

  test('within the interval gets the table there is', async () => {
    const { moments, samples, pass } = world()
    const first = moments.now()
    await pass(1500)
    expect(await moments.now()).toBe(await first)
    expect(samples).toHaveLength(2)
  })

  test('after it takes one sample and compares it with the last one, at once', async () => {
    const { moments, samples, pass } = world()
    void moments.now()
    await pass(20_000)
    const table = await moments.now()
    expect(samples).toEqual([10_000, 10_500, 30_000])
    expect(table.intervalMs).toBe(19_500)
  })

  test('after half a minute takes two again', async () => {
    const { moments, samples, pass } = world()
    void moments.now()
    await pass(60_000)
    const answer = moments.now()
    await pass(500)
    expect((await answer).intervalMs).toBe(500)
    expect(samples).toEqual([10_000, 10_500, 70_000, 70_500])
  })

  test('that fails fails for who asked, and the next one tries again', async () => {
    const { moments, pass, fail } = world()
    fail(new Error('no /proc'))
    await expect(moments.now()).rejects.toThrow('no /proc')
    fail(null)
    const answer = moments.now()
    await pass(500)
    expect((await answer).schema).toBe(1)
  })
})

describe('who watches', () => {
  test('gets a table each interval from one sample for all, until nobody watches', async () => {
    const { moments, samples, pass } = world()
    const seen: [number, number] = [0, 0]
    const stops = [moments.watch(() => seen[0]++), moments.watch(() => seen[1]++)]
    await pass(5_000)
    expect(samples).toEqual([10_000, 10_500, 11_000, 12_000, 13_000, 14_000, 15_000])
    expect(seen[0]).toBeGreaterThanOrEqual(5)
    expect(seen[1]).toBe(seen[0])
    for (const stop of stops) stop()
    const before = samples.length
    await pass(60_000)
    expect(samples).toHaveLength(before)
  })

  test('never gets the same table twice, at the shortest interval too', async () => {
    const { moments, pass } = world(500)
    const seen: Table[] = []
    const stop = moments.watch((table) => seen.push(table))
    await pass(10_000)
    stop()
    expect(seen.length).toBeGreaterThanOrEqual(19)
    expect(new Set(seen).size).toBe(seen.length)
  })

  test('and asks gets what the watch has taken', async () => {
    const { moments, samples, pass } = world()
    const stop = moments.watch(() => {})
    await pass(3_100)
    const before = samples.length
    await moments.now()
    expect(samples).toHaveLength(before)
    stop()
  })

  test('never makes samples come faster than each half second', async () => {
    const { moments, samples, pass } = world(500)
    const stop = moments.watch(() => {})
    for (let n = 0; n < 100; n++) {
      void moments.now()
      await pass(37)
    }
    stop()
    const gaps = samples.slice(1).map((at, n) => at - (samples[n] ?? 0))
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(500)
  })

  test('waits through failures, which are told once', async () => {
    const { moments, tables, errors, pass, fail } = world()
    fail(new Error('no /proc'))
    const stop = moments.watch(() => {})
    await pass(5_000)
    expect(errors).toEqual(['cannot take a sample; trying on'])
    fail(null)
    await pass(3_000)
    stop()
    expect(tables.length).toBeGreaterThan(1)
  })
})

test('nobody asks, nothing is sampled', async () => {
  const { samples, pass } = world()
  await pass(3_600_000)
  expect(samples).toEqual([])
})
