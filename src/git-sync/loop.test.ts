import { expect, test } from 'bun:test'
import { toCommit } from '#git-sync/git/refs.ts'
import { PlaceTakenError } from '#git-sync/publish/publish.ts'
import { RefusedCommitError } from '#git-sync/tree/refusal.ts'
import { systemClock } from '#kit/clock.ts'
import { createLog } from '#kit/log.ts'
import { type LoopOptions, loop } from './loop.ts'
import type { Outcome } from './pass.ts'

const unchanged: Outcome = {
  kind: 'unchanged',
  served: { commit: toCommit('1'.repeat(40)), tree: '/t' },
}

/**
 * A loop whose passes are given by `results`, with its pauses written down; `asked` tells which of
 * them, counted from 0, somebody ends by asking for a pass.
 */
function withPasses(
  results: readonly boolean[],
  changed: Partial<LoopOptions> = {},
  asked: readonly number[] = [],
) {
  const pauses: number[] = []
  const stop = new AbortController()
  const left = [...results]
  const bell = {
    ring: () => {},
    wait: async (ms: number) => (asked.includes(pauses.push(ms) - 1) ? 'somebody' : null),
  }
  const options: LoopOptions = {
    async pass() {
      const good = left.shift()
      if (left.length === 0) stop.abort()
      if (good) return unchanged
      throw new Error('host is away')
    },
    succeeded: async () => {},
    failed: async () => {},
    servesTree: async () => true,
    periodMs: 1000,
    initPeriodMs: 0,
    oneTime: false,
    maxFailures: null,
    initMaxFailures: null,
    bell,
    lookAgainMs: () => null,
    log: createLog({ verbosity: 0, clock: systemClock, write: () => {} }),
    stop: stop.signal,
    random: () => 0,
    ...changed,
  }
  return { end: loop(options), pauses }
}

test('the period is the longest pause between good passes', async () => {
  const { end, pauses } = withPasses([true, true, true], { random: () => 1 })
  expect(await end).toBe('stopped')
  expect(pauses).toEqual([900, 900, 900])
})

test('failures double the pause up to five minutes, and a good pass ends that', async () => {
  const failing = Array.from({ length: 11 }, () => false)
  const { end, pauses } = withPasses([...failing, true, false, true])
  await end
  expect(pauses.slice(0, 4)).toEqual([1000, 2000, 4000, 8000])
  expect(pauses[10]).toBe(300_000)
  expect(pauses.slice(11)).toEqual([1000, 1000, 1000])
})

test('who asks for a pass ends the pause, and the pauses begin anew', async () => {
  const { end, pauses } = withPasses([false, false, false, false, false, true], {}, [2])
  await end
  expect(pauses.slice(0, 5)).toEqual([1000, 2000, 4000, 1000, 2000])
})

test('a pass that was asked for and failed is tried again soon, however long the period', async () => {
  const results = [true, false, false, true, false, true]
  const { end, pauses } = withPasses(results, { periodMs: 3_600_000 }, [0])
  await end
  expect(pauses.slice(0, 5)).toEqual([3_600_000, 10_000, 20_000, 3_600_000, 3_600_000])
})

test('what is awaited is looked for at its own pace, and then the period holds again', async () => {
  const looks = [100, 200, null]
  const awaiting = { lookAgainMs: () => looks.shift() ?? null }
  const { end, pauses } = withPasses([true, true, true, true], awaiting)
  await end
  expect(pauses.slice(0, 4)).toEqual([100, 200, 1000, 1000])
})

test('a pass that fails while something is awaited is tried again soon, too', async () => {
  const looks = [100, null]
  const awaiting = { lookAgainMs: () => looks.shift() ?? null, periodMs: 3_600_000 }
  const { end, pauses } = withPasses([true, false, true, false, true], awaiting)
  await end
  expect(pauses.slice(0, 4)).toEqual([100, 10_000, 3_600_000, 3_600_000])
})

test('a commit that may not be published is looked past once soon, then the period holds', async () => {
  const pass = async (): Promise<Outcome> => {
    const commit = toCommit('2'.repeat(40))
    throw new RefusedCommitError('it may not be published', { commit, by: 'symlinks' })
  }
  const stop = new AbortController()
  const pauses: number[] = []
  const wait = async (ms: number): Promise<string | null> => {
    if (pauses.push(ms) === 5) stop.abort()
    return pauses.length === 1 ? 'somebody' : null
  }
  const bell = { ring: () => {}, wait }
  const { end } = withPasses([], { pass, bell, stop: stop.signal, periodMs: 3_600_000 })
  expect(await end).toBe('stopped')
  expect(pauses).toEqual([3_600_000, 10_000, 3_600_000, 3_600_000, 3_600_000])
})

test('asking does not forgive failures: they are counted in a row', async () => {
  const { end, pauses } = withPasses([false, false, false, true], { maxFailures: 3 }, [0, 1])
  expect(await end).toBe('too-many-failures')
  expect(pauses).toHaveLength(2)
})

test('the initial period is the pause until the first good pass, and never after it', async () => {
  const results = [false, false, false, true, false, false, true]
  const { end, pauses } = withPasses(results, { initPeriodMs: 50 })
  await end
  expect(pauses.slice(0, 6)).toEqual([50, 50, 50, 1000, 1000, 2000])
})

test('the initial limit holds until the first good pass, then the other one', async () => {
  const serves = { servesTree: async () => true }
  const never = { initMaxFailures: -1, maxFailures: 2 }
  const late = withPasses([false, false, false, true, false, false, true], { ...serves, ...never })
  expect(await late.end).toBe('too-many-failures')
  expect(late.pauses).toHaveLength(5)
  const early = withPasses([false, false, true], { initMaxFailures: 2, maxFailures: -1 })
  expect(await early.end).toBe('too-many-failures')
  const unsaid = withPasses([false, false, true], { initMaxFailures: null, maxFailures: 2 })
  expect(await unsaid.end).toBe('too-many-failures')
  const zero = withPasses([false, true, true], { initMaxFailures: 0, maxFailures: -1 })
  expect(await zero.end).toBe('too-many-failures')
})

test('after the first good pass the initial limit ends nothing while a tree is served', async () => {
  const passes = [true, false, false, false, true, true]
  expect(await withPasses(passes, { initMaxFailures: 1 }).end).toBe('stopped')
})

test('the first failure ends it while nothing is served', async () => {
  const { end } = withPasses([false, true, true], { servesTree: async () => false })
  expect(await end).toBe('too-many-failures')
})

test('a tree that went away after the first good pass ends nothing', async () => {
  const passes = [true, false, false, true, true]
  expect(await withPasses(passes, { servesTree: async () => false }).end).toBe('stopped')
})

test('failures never end it while a whole tree is served, unless somebody set a limit', async () => {
  expect(await withPasses([false, false, false, true, true]).end).toBe('stopped')
  const limited = { maxFailures: 2 }
  expect(await withPasses([false, false, true, true], limited).end).toBe('too-many-failures')
  const never = { maxFailures: -1, servesTree: async () => false }
  expect(await withPasses([false, false, false, true], never).end).toBe('stopped')
})

test('one-time mode ends with the first success or failure', async () => {
  expect(await withPasses([true, true], { oneTime: true }).end).toBe('done')
  expect(await withPasses([false, true, true], { oneTime: true }).end).toBe('too-many-failures')
})

test('a place that is taken is looked at each period: there is no host to spare', async () => {
  const left = [1, 2, 3]
  const stop = new AbortController()
  const { end, pauses } = withPasses([], {
    async pass() {
      left.pop()
      if (left.length === 0) stop.abort()
      throw new PlaceTakenError('a folder is there')
    },
    stop: stop.signal,
  })
  expect(await end).toBe('stopped')
  expect(pauses).toEqual([1000, 1000])
})
