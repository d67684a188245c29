import { expect, test } from 'bun:test'
import type { PodSeries } from '#topz/history/series.ts'
import type { EventKind, PodEvent } from '#topz/model/table.ts'
import { loadPath, placeOf, timeLineOf } from './past.ts'

function container(cpuMillicores: readonly (number | null)[]): PodSeries['containers'][number] {
  const nothing = cpuMillicores.map(() => null)
  return {
    ...{ key: 'a', name: 'a', label: 'a', kind: 'app' as const },
    ...{ cpuLimitMillicores: null, memoryLimitBytes: null },
    ...{ cpuMillicores, memoryBytes: nothing, throttled: nothing, pids: nothing },
  }
}

function event(kind: EventKind, atMs: number): PodEvent {
  return {
    atMs,
    kind,
    container: 'a',
    label: 'a',
    process: null,
    count: 1,
    says: `${kind} ${atMs}`,
  }
}

const series: PodSeries = {
  schema: 1,
  spanMs: 900_000,
  takenAtMs: [1000, 2000, 4000, 5000],
  containers: [container([100, 50, null, 0]), container([null, 50, null, 200])],
  events: [],
}

test('the load is what all containers use, by the most there was', () => {
  const line = timeLineOf(series)
  expect(line?.load.map(({ share }) => share)).toEqual([0.5, 0.5, null, 1])
  if (line === null) throw new Error('There is no line')
  expect(placeOf(3000, line)).toBe(0.5)
  expect([placeOf(0, line), placeOf(9000, line)]).toEqual([0, 1])
  const box = { width: 100, height: 22 }
  expect(loadPath(line, box)).toBe('M0 22L0 12L25 12L25 22ZM100 22L100 2L100 22Z')
})

test('one moment is no line', () => {
  expect(timeLineOf({ ...series, takenAtMs: [1000] })).toBeNull()
  expect(timeLineOf({ ...series, takenAtMs: [], containers: [] })).toBeNull()
})

test('of thousands that come and go the newest are marked, and all that matters', () => {
  const events = Array.from({ length: 1000 }, (_, at) => event(at % 2 ? 'start' : 'exit', at))
  const marks = timeLineOf({ ...series, events: [event('oom-kill', 0), ...events] })?.marks ?? []
  expect(marks).toHaveLength(201)
  expect(marks[0]).toEqual({ atMs: 0, tone: 'red', says: 'oom-kill 0' })
  expect(marks.at(-1)?.says).toBe('start 999')
})
