import { expect, test } from 'bun:test'
import type { SampledContainer } from '#topz/sample/sample.ts'
import { atMs, containerOf, momentsOf, processOf, sampleOf } from './samples-for-tests.ts'
import type { EventKind } from './table.ts'

type Figures = Partial<SampledContainer['figures']>

/** The second in which each event was told, over seconds with these figures. */
function told(...seconds: readonly Figures[]): readonly string[] {
  const samples = seconds.map((figures, at) =>
    sampleOf({
      ...atMs(at * 1000),
      processes: [processOf(1)],
      containers: [containerOf('a', { name: 'app', readAtMs: 1000 + at * 1000, figures })],
    }),
  )
  return momentsOf(samples).flatMap(({ table }, at) =>
    table.events.map(({ kind, says }) => `${at} ${kind}: ${says}`),
  )
}

const kinds = (events: readonly string[]): readonly EventKind[] =>
  events.map((event) => event.split(/[ :]/)[1] as EventKind)

/** Ten periods a second, of which so many were throttled. */
function throttled(...each: readonly number[]): readonly Figures[] {
  let throttledPeriods = 0
  return each.map((some, at) => {
    throttledPeriods += some
    return { cpuLimitMillicores: 100, cpuPeriods: at * 10, throttledPeriods }
  })
}

test('throttling begins when it lasts, and ends some seconds after it did', () => {
  const events = told(...throttled(0, ...Array(10).fill(8), ...Array(60).fill(0)))
  expect(kinds(events)).toEqual(['throttling-began', 'throttling-ended'])
  expect(events[0]).toBe('2 throttling-began: app is throttled: it needs more CPU than its limit')
  expect(events[1]).toMatch(/^\d+ throttling-ended: app is not throttled any more, after \d+ s$/)
})

test('throttling that comes and goes from second to second is told once', () => {
  const events = told(...throttled(...Array.from({ length: 100 }, (_, at) => (at % 2) * 6)))
  expect(kinds(events)).toEqual(['throttling-began'])
})

test('one throttled period in ten seconds is not worth an event', () => {
  expect(
    told(...throttled(...Array.from({ length: 100 }, (_, at) => (at % 10 === 0 ? 1 : 0)))),
  ).toEqual([])
})

const memory = (memoryBytes: number, memoryLimitHits = 0): Figures => ({
  memoryBytes,
  memoryLimitBytes: 100,
  memoryLimitHits,
})

test('the memory limit is reached once, and again after memory was down', () => {
  const events = told(...[50, 97, 98, 97, 99, 90, 99, 80, 99].map((bytes) => memory(bytes)))
  expect(events).toEqual([
    '2 memory-limit-reached: app reached its memory limit: it uses 98 % of it',
    '8 memory-limit-reached: app reached its memory limit: it uses 99 % of it',
  ])
})

test('where the kernel had to make room, nearly is enough; far from the limit it means nothing', () => {
  expect(kinds(told(memory(91, 5), memory(91, 6)))).toEqual(['memory-limit-reached'])
  expect(told(memory(91, 5), memory(91, 5))).toEqual([])
  expect(told(memory(50, 5), memory(50, 600))).toEqual([])
})

test('the limit of processes is reached once, and again after they were fewer', () => {
  const events = told(...[10, 20, 20, 19, 20, 17, 20].map((pids) => ({ pids, pidsLimit: 20 })))
  expect(events).toEqual([
    '1 process-limit-reached: app reached its limit of 20 processes and threads',
    '6 process-limit-reached: app reached its limit of 20 processes and threads',
  ])
})

test('a container that was at its limits before the first table is told of once', () => {
  expect(kinds(told({ pids: 20, pidsLimit: 20 }, { pids: 20, pidsLimit: 20 }))).toEqual([
    'process-limit-reached',
  ])
})
