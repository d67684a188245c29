import { expect, test } from 'bun:test'
import type { SampledProcess } from '#topz/sample/sample.ts'
import { atMs, momentsOf, processOf, sampleOf } from './samples-for-tests.ts'
import type { PodEvent } from './table.ts'

/** What starts and ends are told when these were there, one second after the other. */
function told(...seconds: readonly (readonly SampledProcess[])[]): readonly PodEvent[] {
  const moments = momentsOf(
    seconds.map((processes, at) => sampleOf({ ...atMs(at * 1000), processes })),
  )
  return moments
    .flatMap(({ table }) => table.events)
    .filter(({ kind }) => kind === 'start' || kind === 'exit')
}

const says = (events: readonly PodEvent[]): readonly string[] => events.map((event) => event.says)

/** Started that long after the first second. */
function born(pid: number, seconds: number, name = 'sh'): SampledProcess {
  return processOf(pid, { counters: { startSeconds: 500 + seconds }, facts: { name } })
}

const first = processOf(1)

test('what was there before the first table did not start', () => {
  expect(told([first, processOf(7)], [first, processOf(7)])).toEqual([])
})

test('a start is told at its time, an end with the age', () => {
  const events = told([first], [first, born(8, 0.25)], [first])
  expect(events).toMatchObject([
    {
      kind: 'start',
      atMs: 1_700_000_000_250,
      container: 'a',
      label: 'a',
      process: '8.50025',
      count: 1,
    },
    { kind: 'exit', atMs: 1_700_000_002_000, process: '8.50025', count: 1 },
  ])
  expect(says(events)).toEqual(['sh (PID 8) started', 'sh (PID 8) ended after 1.8 s'])
})

test('one that is older than the sample before it was only not seen, and did not start', () => {
  expect(told([first], [first, born(8, -100)])).toEqual([])
})

test('a PID taken again is an end and a start', () => {
  expect(says(told([born(8, -60)], [born(8, 0.5)]))).toEqual([
    'sh (PID 8) started',
    'sh (PID 8) ended after 1 min',
  ])
})

test('a process ends when it becomes a zombie, and not again when somebody waits for it', () => {
  const zombie = processOf(8, {
    counters: { startSeconds: 499, state: 'Z' },
    facts: { name: 'sh' },
  })
  expect(says(told([first, born(8, -1)], [first, zombie], [first]))).toEqual([
    'sh (PID 8) ended after 2 s',
  ])
  const short = processOf(9, { counters: { startSeconds: 500.5, state: 'Z' } })
  expect(says(told([first], [first, short], [first]))).toEqual([
    'app (PID 9) started',
    'app (PID 9) ended after 0.5 s',
  ])
  expect(told([first, zombie], [first])).toEqual([])
})

test('two hundred of one program are one event that counts them', () => {
  const many = Array.from({ length: 200 }, (_, at) => born(at + 10, 0.5))
  const events = told([first], [first, ...many], [first])
  expect(events.map(({ kind, count, process }) => [kind, count, process])).toEqual([
    ['start', 200, null],
    ['exit', 200, null],
  ])
  expect(says(events)).toEqual(['200 processes of sh started', '200 processes of sh ended'])
})

test('a fork bomb of as many names is a few events that count all', () => {
  const many = Array.from({ length: 5000 }, (_, at) => born(at + 10, 0.5, `x${at}`))
  const events = told([first], [first, ...many])
  expect(events).toHaveLength(11)
  expect(events.reduce((sum, { count }) => sum + count, 0)).toBe(5000)
  expect(says(events)).toContain('4990 more processes started')
})
