import { expect, test } from 'bun:test'
import type { SampledContainer, SampledProcess } from '#topz/sample/sample.ts'
import { atMs, containerOf, momentsOf, processOf, sampleOf } from './samples-for-tests.ts'

type Figures = Partial<SampledContainer['figures']>

interface Second {
  readonly processes?: readonly SampledProcess[]
  /** Null: the container has no process any more. */
  readonly figures?: Figures
  /** The last figures of the container, when it ended. */
  readonly last?: Figures
}

/** What is told of memory, over seconds of one container called `app`. */
function told(...seconds: readonly Second[]): readonly string[] {
  const samples = seconds.map(({ processes = [], figures, last }, at) =>
    sampleOf({
      ...atMs(at * 1000),
      processes,
      containers: figures === undefined ? [] : [containerOf('a', { name: 'app', figures })],
      ended: last === undefined ? [] : [containerOf('a', { name: 'app', figures: last })],
    }),
  )
  return momentsOf(samples)
    .flatMap(({ table }) => table.events)
    .filter(({ kind }) => kind === 'oom-kill' || kind === 'probable-oom')
    .map(({ kind, count, process, says }) => `${kind} ${count} ${process}: ${says}`)
}

const sized = (pid: number, rssBytes: number, name: string): SampledProcess =>
  processOf(pid, { counters: { rssBytes }, facts: { name } })

const main = sized(1, 10, 'init')
const small = sized(7, 20, 'sh')
const large = sized(8, 500, 'node')

test('of those that ended when the kernel killed one, the largest is named as likely', () => {
  const first = { processes: [main, small, large], figures: { oomKills: 3 } }
  expect(told(first, { processes: [main], figures: { oomKills: 4 } })).toEqual([
    'oom-kill 1 8.100: Out of memory: the kernel killed a process of app, probably node (PID 8)',
  ])
})

test('one that is a zombie since is named as well', () => {
  const zombie = processOf(8, { counters: { state: 'Z', rssBytes: 0 }, facts: { name: 'node' } })
  const first = { processes: [main, large], figures: { oomKills: 0 } }
  const [event] = told(first, { processes: [main, zombie], figures: { oomKills: 1 } })
  expect(event).toContain('probably node (PID 8)')
})

test('a kill is told with the next end: the kernel counts it before its process has ended', () => {
  const first = { processes: [main, large], figures: { oomKills: 0 } }
  const dying = { processes: [main, large], figures: { oomKills: 1 } }
  const over = { processes: [main], figures: { oomKills: 1 } }
  expect(told(first, dying)).toEqual([])
  expect(told(first, dying, over, over)).toEqual([
    'oom-kill 1 8.100: Out of memory: the kernel killed a process of app, probably node (PID 8)',
  ])
})

test('kills that no end accounts for are counted some seconds later, and once', () => {
  const first = { processes: [main, large], figures: { oomKills: 0 } }
  const then = { processes: [main], figures: { oomKills: 3 } }
  expect(told(first, then)).toEqual([
    'oom-kill 1 8.100: Out of memory: the kernel killed a process of app, probably node (PID 8)',
  ])
  expect(told(first, then, then)).toHaveLength(1)
  expect(told(first, then, then, then, then).slice(1)).toEqual([
    'oom-kill 2 null: Out of memory: the kernel killed 2 processes of app',
  ])
})

test('of many at once three are named', () => {
  const many = Array.from({ length: 5 }, (_, at) => sized(10 + at, at, `w${at}`))
  const first = { processes: [main, ...many], figures: { oomKills: 0 } }
  expect(told(first, { processes: [main], figures: { oomKills: 5 } }).slice(2)).toEqual([
    'oom-kill 1 12.100: Out of memory: the kernel killed a process of app, probably w2 (PID 12)',
    'oom-kill 2 null: Out of memory: the kernel killed 2 more processes of app',
  ])
})

test('what is owed when the container ends was part of its end', () => {
  const first = { processes: [main, large], figures: { oomKills: 0 } }
  const dying = { processes: [main, large], figures: { oomKills: 1 } }
  expect(told(first, dying, { last: { oomKills: 1 } })).toEqual([
    'oom-kill 1 null: Out of memory: the kernel killed app whole',
  ])
})

test('a count that did not rise, or is not known, tells nothing', () => {
  const first = { processes: [main, large], figures: { oomKills: 2 } }
  expect(told(first, { processes: [main], figures: { oomKills: 2 } })).toEqual([])
  expect(told(first, { processes: [main], figures: {} })).toEqual([])
})

test('a container that the kernel killed whole is told by its last count', () => {
  const first = { processes: [main, large], figures: { oomKills: 0 } }
  expect(told(first, { last: { oomKills: 2 } })).toEqual([
    'oom-kill 2 null: Out of memory: the kernel killed app whole',
  ])
})

test('one that ended at once near its limit, of which nothing was told, was probably killed', () => {
  const near = { memoryBytes: 97, memoryLimitBytes: 100 }
  const first = { processes: [main, large], figures: near }
  expect(told(first, { last: near })).toEqual([
    'probable-oom 1 null: app ended all at once at 97 % of its memory limit: probably out of memory',
  ])
  const far = { memoryBytes: 50, memoryLimitBytes: 100 }
  expect(told({ ...first, figures: far }, { last: far })).toEqual([])
})

test('where its memory is hidden, the sum of its processes stands for it', () => {
  const first = { processes: [main, large], figures: { memoryLimitBytes: 520 } }
  expect(told(first, {})).toEqual([
    'probable-oom 1 null: app ended all at once at 98 % of its memory limit: probably out of memory',
  ])
})
