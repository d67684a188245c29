import { describe, expect, test } from 'bun:test'
import type { Clock } from '#kit/clock.ts'
import type { Table } from '#topz/model/table.ts'
import type { Parts } from '#topz/sample/parts.ts'
import type { Sample } from '#topz/sample/sample.ts'
import { createMoments, type Moments } from './moments.ts'

interface World {
  readonly moments: Moments
  /** When samples were taken. */
  readonly samples: number[]
  /** What was read in each of them. */
  readonly parts: Parts[]
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
    sleep: (ms, signal) =>
      new Promise((wake) => {
        const sleeper = { untilMs: nowMs + Math.max(0, ms), wake }
        sleepers.add(sleeper)
        signal?.addEventListener('abort', () => sleepers.delete(sleeper) && wake())
      }),
  }
  const samples: number[] = []
  const parts: Parts[] = []
  const tables: Table[] = []
  const errors: string[] = []
  let fault: Error | null = null
  const sampler = {
    async take(wanted: Parts): Promise<Sample> {
      if (fault !== null) throw fault
      samples.push(nowMs)
      parts.push(wanted)
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
    parts,
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
  for (let turn = 0; turn < 50; turn++) await Promise.resolve()
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

describe('what goes on while nobody looks', () => {
  test('has a table each idle interval, and reads little for it', async () => {
    const { moments, samples, parts, tables, pass } = world()
    const stop = new AbortController()
    const ended = moments.goOn(10_000, stop.signal)
    await pass(45_000)
    expect(samples).toEqual([10_000, 11_000, 21_000, 31_000, 41_000, 51_000])
    expect(tables.map(({ intervalMs }) => intervalMs)).toEqual([1000, ...Array(4).fill(10_000)])
    expect(parts.some(({ openFiles, disk }) => openFiles || disk)).toBe(false)
    stop.abort()
    await ended
    await pass(60_000)
    expect(samples).toHaveLength(6)
  })

  test('takes nothing while somebody watches, and takes over when nobody does', async () => {
    const { moments, samples, tables, pass } = world()
    const stop = new AbortController()
    void moments.goOn(10_000, stop.signal)
    await pass(21_500)
    const unwatch = moments.watch(() => {})
    await pass(20_000)
    unwatch()
    const watched = samples.filter((at) => at >= 31_500)
    expect(new Set(watched.slice(1).map((at, n) => at - (watched[n] ?? 0)))).toEqual(
      new Set([1000]),
    )
    const left = samples.length
    await pass(35_000)
    expect(samples.length - left).toBeWithin(3, 5)
    expect(tables.every(({ intervalMs }) => (intervalMs ?? 0) <= 10_000)).toBe(true)
    stop.abort()
  })

  test('gives who asks a table of all, compared with the last one of little, at once', async () => {
    const { moments, samples, parts, pass } = world()
    const stop = new AbortController()
    void moments.goOn(10_000, stop.signal)
    await pass(15_000)
    const table = await moments.now()
    expect(samples.at(-1)).toBe(25_000)
    expect(table.intervalMs).toBe(4000)
    expect(parts.at(-1)?.openFiles).toBe(true)
    stop.abort()
  })

  test('makes nobody who asks at its moment do with little', async () => {
    const { moments, parts, pass } = world()
    const stop = new AbortController()
    void moments.goOn(10_000, stop.signal)
    await pass(11_000)
    const answer = moments.now()
    await pass(500)
    expect((await answer).intervalMs).toBe(500)
    expect(parts.at(-1)?.openFiles).toBe(true)
    stop.abort()
  })

  test('waits through failures, which are told once', async () => {
    const { moments, tables, errors, pass, fail } = world()
    const stop = new AbortController()
    fail(new Error('no /proc'))
    void moments.goOn(10_000, stop.signal)
    await pass(60_000)
    expect(errors).toHaveLength(1)
    fail(null)
    await pass(60_000)
    expect(tables.length).toBeGreaterThan(3)
    stop.abort()
  })
})

describe('something that happens', () => {
  test('has a table at once, also while nobody looks; however often, at most two a second', async () => {
    const { moments, samples, tables, pass } = world()
    const stop = new AbortController()
    void moments.goOn(10_000, stop.signal)
    await pass(16_000)
    const before = samples.length
    moments.hurry()
    moments.hurry()
    await pass(1)
    expect(samples.slice(before)).toEqual([26_000])
    expect(tables.at(-1)?.takenAtMs).toBe(26_000)
    for (let n = 0; n < 100; n++) {
      moments.hurry()
      await pass(20)
    }
    expect(samples.length - before).toBeWithin(4, 6)
    stop.abort()
  })

  test('is nothing to look at when nobody looks and nothing goes on', async () => {
    const { moments, samples, pass } = world()
    moments.hurry()
    await pass(60_000)
    expect(samples).toEqual([])
  })
})
