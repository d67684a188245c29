import { expect } from 'bun:test'
import { needs } from '#test/fixtures/needs.ts'
import { until } from '#test/fixtures/until.ts'
import { samplesIn, tracedTopz } from './topz-traced.ts'

const { test } = needs('strace')

/** What the runtime does by itself: its threads wait, and once a second it looks at its own memory. */
const ofTheRuntime =
  /^(?:<\.\.\.|futex|madvise|epoll_|restart_syscall|sched_yield|membarrier|\w+\(.*"\/proc\/self\/statm"|newfstatat\(\d+, ""|(?:fstat|read|close)\(\d)/

function otherCalls(calls: readonly string[]): readonly string[] {
  return calls.filter((call) => !ofTheRuntime.test(call))
}

/** How often anything was read from a file. */
function readsIn(calls: readonly string[]): number {
  return calls.filter((call) => /^p?read/.test(call)).length
}

test('without a history nothing is done while nobody looks', async () => {
  await using traced = await tracedTopz('--history=0')
  const ask = async (): Promise<void> => void (await (await fetch(`${traced.url}/topz`)).text())
  for (const look of [async () => {}, ask]) {
    await look()
    await Bun.sleep(1_000)
    traced.begin()
    await Bun.sleep(8_000)
    const calls = traced.calls()
    expect(otherCalls(calls)).toEqual([])
    // of its own memory, once a second
    expect(readsIn(calls)).toBeLessThanOrEqual(10)
  }
}, 60_000)

test('with a history there is a sample each idle interval, without open files and disks', async () => {
  await using traced = await tracedTopz('--interval=500ms', '--idle-interval=2s')
  await until(() => (samplesIn(traced.calls()) >= 4 ? true : null), { what: 'some samples' })
  traced.begin()
  await Bun.sleep(8_000)
  const calls = traced.calls()
  expect(samplesIn(calls)).toBeWithin(2, 6)
  expect(calls.filter((call) => /"\/proc\/\d+\/(?:fd|io)"/.test(call))).toEqual([])
}, 60_000)

test('a hundred who ask at once cost one sample', async () => {
  await using traced = await tracedTopz('--history=0')
  const all = async (): Promise<number> => {
    traced.begin()
    const asked = Array.from({ length: 100 }, () => fetch(`${traced.url}/topz.json`))
    const takenAt = (await Promise.all(asked)).map(async (response) => {
      expect(response.status).toBe(200)
      return ((await response.json()) as { takenAtMs: number }).takenAtMs
    })
    expect(new Set(await Promise.all(takenAt)).size).toBe(1)
    return samplesIn(traced.calls())
  }
  // the first ever has none to compare with
  expect(await all()).toBe(2)
  await Bun.sleep(1_100)
  expect(await all()).toBe(1)
}, 60_000)

test('those who watch cost one sample an interval, however many they are', async () => {
  await using traced = await tracedTopz('--history=0', '--interval=1s')
  const open = Array.from({ length: 30 }, () => fetch(`${traced.url}/topz/stream`))
  const viewers = await Promise.all(open)
  expect(new Set(viewers.map(({ status }) => status))).toEqual(new Set([200]))
  await Bun.sleep(1_000)
  traced.begin()
  await Bun.sleep(5_000)
  expect(samplesIn(traced.calls())).toBeWithin(3, 7)
  for (const viewer of viewers) await viewer.body?.cancel()
}, 60_000)
