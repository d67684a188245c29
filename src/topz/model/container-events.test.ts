import { expect, test } from 'bun:test'
import { atMs, containerOf, momentsOf, processOf, sampleOf } from './samples-for-tests.ts'
import { momentOf } from './table-of.ts'

/** Containers of one moment: key, name, and when its process started. */
type Living = readonly [key: string, name: string | null, startSeconds?: number]

function sampleAt(seconds: number, ...living: readonly Living[]) {
  return sampleOf({
    ...atMs(seconds * 1000),
    processes: living.map(([key, , startSeconds = 100], at) =>
      processOf(at + 10, {
        counters: { startSeconds },
        facts: { container: key },
        readAtMs: 1000 + seconds * 1000,
      }),
    ),
    containers: living.map(([key, name]) => containerOf(key, { name })),
  })
}

function told(...seconds: readonly (readonly Living[])[]): readonly string[] {
  const moments = momentsOf(seconds.map((living, at) => sampleAt(at, ...living)))
  return moments.flatMap(({ table }, at) =>
    table.events
      .filter(({ kind }) => kind.startsWith('container-'))
      .map(({ container, says }) => `${at} ${container}: ${says}`),
  )
}

test('a container that comes starts, one that goes ends with its age', () => {
  expect(
    told(
      [['a', 'app']],
      [
        ['a', 'app'],
        ['b', 'job', 500.5],
      ],
      [['a', 'app']],
    ),
  ).toEqual(['1 b: job started', '2 b: job ended after 1.5 s'])
})

test('the same name with another key is a restart, also long after the end', () => {
  expect(told([['a', 'app']], [['b', 'app']])).toEqual([
    '1 a: app ended after 6 min',
    '1 b: app was restarted',
  ])
  expect(told([['a', 'app']], [], [], [], [['b', 'app']]).at(-1)).toBe('4 b: app was restarted')
})

test('what is left of the one before does not hide a restart', () => {
  expect(
    told(
      [['a', 'app']],
      [
        ['a', 'app'],
        ['b', 'app'],
      ],
      [['b', 'app']],
    ),
  ).toEqual(['1 b: app@b was restarted', '2 a: app ended after 6 min'])
})

test('one that gets its name a moment later is told of when it has it', () => {
  expect(told([['a', 'app']], [['b', null]], [['b', 'app']])).toEqual([
    '1 a: app ended after 6 min',
    '2 b: app was restarted',
  ])
})

test('one that never gets a name is told of all the same', () => {
  const id = '/system.slice/cron.service'
  const seconds = Array.from({ length: 8 }, (): readonly Living[] => [[id, null]])
  expect(told([], ...seconds)).toEqual([`6 ${id}: cron started`])
  expect(told([], [[id, null]], [])).toHaveLength(2)
})

test('a restart while nobody looked is told by the next table', () => {
  const before = momentOf({ previous: null, current: sampleAt(0, ['a', 'app']) })
  const after = momentOf({
    previous: null,
    current: sampleAt(3600, ['b', 'app']),
    standing: before.standing,
  })
  expect(after.table.events.map(({ kind }) => kind)).toEqual([
    'container-ended',
    'container-restarted',
  ])
})

test('names of what ended are kept in bounds', () => {
  const many = Array.from({ length: 150 }, (_, at): Living => [`k${at}`, `n${at}`])
  const [, last] = momentsOf([sampleAt(0, ...many), sampleAt(1)])
  expect(last?.standing.endedNames.size).toBe(100)
  expect(last?.standing.recent.length).toBeLessThanOrEqual(100)
})
