import { expect, test } from 'bun:test'
import type { SampledProcess } from '#topz/sample/sample.ts'
import { pairsOf } from './pairs.ts'
import { atMs, containerOf, processOf, sampleOf } from './samples-for-tests.ts'
import { parentOfShortLived } from './short-lived.ts'
import type { Container } from './table.ts'
import { tableOf } from './table-of.ts'

/** One container a second later, of which so many seconds of CPU were used. */
function used(
  seconds: number,
  { before, after }: { before: readonly SampledProcess[]; after: readonly SampledProcess[] },
): Container | undefined {
  const at = (cpuSeconds: number, readAtMs: number) => [
    containerOf('a', { readAtMs, figures: { cpuSeconds } }),
  ]
  const previous = sampleOf({ processes: before, containers: at(100, 1000) })
  const current = sampleOf({
    ...atMs(1000),
    processes: after,
    containers: at(100 + seconds, 2000),
  })
  return tableOf({ previous, current }).containers[0]
}

const idle = processOf(7)
const idleLater = processOf(7, { readAtMs: 2000 })

test('CPU that no process shows was used by those that came and went', () => {
  const busy = processOf(7, { readAtMs: 2000, counters: { cpuSeconds: 0.2 } })
  expect(used(0.5, { before: [idle], after: [busy] })?.shortLivedMillicores).toBeCloseTo(300)
})

test('of one that has just started all is shown by itself', () => {
  const born = processOf(8, {
    readAtMs: 2000,
    counters: { startSeconds: 500.98, cpuSeconds: 0.02 },
  })
  const container = used(0.42, { before: [idle], after: [idleLater, born] })
  expect(container?.shortLivedMillicores).toBeCloseTo(400)
})

test('a tick of doubt for each process is nobody’s CPU, and it is never negative', () => {
  expect(used(0.009, { before: [idle], after: [idleLater] })?.shortLivedMillicores).toBe(0)
  const ahead = processOf(7, { readAtMs: 2000, counters: { cpuSeconds: 0.2 } })
  expect(used(0.19, { before: [idle], after: [ahead] })?.shortLivedMillicores).toBe(0)
})

test('many processes hide some ticks, and not one for each of them', () => {
  const before = Array.from({ length: 400 }, (_, at) => processOf(at + 1))
  const after = before.map(({ pid }) => processOf(pid, { readAtMs: 2000 }))
  expect(used(0.3, { before, after })?.shortLivedMillicores).toBe(0)
  expect(used(1, { before, after })?.shortLivedMillicores).toBe(1000)
})

test('where one process hides its CPU nobody knows what the rest is', () => {
  const hidden = { ...processOf(8), counters: 'another-user' as const }
  expect(used(0.5, { before: [idle, hidden], after: [idleLater, hidden] })).toMatchObject({
    shortLivedMillicores: null,
    unknown: { shortLivedMillicores: 'another-user' },
  })
})

test('below whom they came and went is told by what it waited for, without what rows showed', () => {
  const shown = processOf(9, { counters: { parentPid: 8, cpuSeconds: 50 } })
  const previous = sampleOf({ processes: [idle, processOf(8), shown] })
  const current = sampleOf({
    ...atMs(1000),
    processes: [
      processOf(7, { counters: { childCpuSeconds: 0.3 } }),
      // the end of one that a row showed brings all it ever used
      processOf(8, { counters: { childCpuSeconds: 50.1 } }),
    ],
  })
  const pairs = pairsOf(previous, current)
  expect(parentOfShortLived('a', { current, ...pairs })?.pid).toBe(7)
  expect(parentOfShortLived('b', { current, ...pairs })).toBeNull()
})
