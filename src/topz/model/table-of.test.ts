import { expect, test } from 'bun:test'
import type { Sample } from '#topz/sample/sample.ts'
import { containerOf, processOf, sampleOf } from './samples-for-tests.ts'
import type { Process } from './table.ts'
import { tableOf } from './table-of.ts'

/** The only process of two samples, a second apart unless told otherwise. */
function rowOf(previous: Sample | null, current: Sample): Process {
  const [row] = tableOf({ previous, current }).processes
  if (row === undefined) throw new Error('Cannot look at a row: the table is empty')
  return row
}

const later = { monotonicMs: 2000, uptimeSeconds: 501 }

test('CPU is what was used between the two reads of that very process', () => {
  const previous = sampleOf({ processes: [processOf(7, { counters: { cpuSeconds: 10 } })] })
  const current = sampleOf({
    ...later,
    // read half a second late in its sample, so 1.5 s after its first read
    processes: [processOf(7, { counters: { cpuSeconds: 10.75 }, readAtMs: 2500 })],
  })
  expect(rowOf(previous, current)).toMatchObject({ cpuMillicores: 500, cpuSeconds: 10.75 })
})

test('an idle process uses 0, one seen for the first time is unknown', () => {
  const first = sampleOf({ processes: [processOf(7)] })
  const second = sampleOf({ ...later, processes: [processOf(7, { readAtMs: 2000 })] })
  expect(rowOf(first, second)).toMatchObject({ cpuMillicores: 0 })
  expect(rowOf(null, first)).toMatchObject({
    cpuMillicores: null,
    unknown: { cpuMillicores: 'first-sight' },
  })
})

test('one that started after the previous sample has its whole life as interval', () => {
  const born = processOf(8, { counters: { startSeconds: 500.5, cpuSeconds: 0.25 }, readAtMs: 2000 })
  const row = rowOf(sampleOf(), sampleOf({ ...later, processes: [born] }))
  expect(row).toMatchObject({ cpuMillicores: 500, ageSeconds: 0.5 })
})

test('one that is older than the previous sample and was not in it is unknown', () => {
  const old = processOf(8, { counters: { startSeconds: 400, cpuSeconds: 90 }, readAtMs: 2000 })
  expect(rowOf(sampleOf(), sampleOf({ ...later, processes: [old] })).unknown).toMatchObject({
    cpuMillicores: 'first-sight',
  })
})

test('one that is too young for clock ticks of 10 ms is unknown', () => {
  const born = processOf(8, {
    counters: { startSeconds: 500.99, cpuSeconds: 0.01 },
    readAtMs: 2000,
  })
  expect(rowOf(sampleOf(), sampleOf({ ...later, processes: [born] })).cpuMillicores).toBeNull()
})

test('a PID taken again is another process, and a counter that ran back is unknown', () => {
  const previous = sampleOf({ processes: [processOf(7, { counters: { cpuSeconds: 90 } })] })
  const another = processOf(7, {
    counters: { startSeconds: 500.5, cpuSeconds: 0.1 },
    readAtMs: 2000,
  })
  expect(rowOf(previous, sampleOf({ ...later, processes: [another] })).cpuMillicores).toBe(200)
  const back = processOf(7, { counters: { cpuSeconds: 89 }, readAtMs: 2000 })
  expect(rowOf(previous, sampleOf({ ...later, processes: [back] }))).toMatchObject({
    cpuMillicores: null,
    unknown: { cpuMillicores: 'counter-reset' },
  })
})

test('a previous sample that is not older is no previous sample', () => {
  const sample = sampleOf({ processes: [processOf(7)] })
  expect(tableOf({ previous: sample, current: sample }).intervalMs).toBeNull()
  expect(rowOf(sample, sample).cpuMillicores).toBeNull()
})

test("memory is a share of the container's limit, and of the host for the classic text", () => {
  const current = sampleOf({
    processes: [processOf(7)],
    containers: [containerOf('a', { figures: { memoryLimitBytes: 400 } })],
  })
  expect(rowOf(null, current)).toMatchObject({ memoryOfLimit: 0.25, memoryOfHost: 0.1 })
  const unlimited = sampleOf({
    processes: [processOf(7)],
    containers: [containerOf('a', { figures: { memoryLimitBytes: 'no-limit' } })],
  })
  expect(rowOf(null, unlimited)).toMatchObject({
    memoryOfLimit: null,
    unknown: { memoryOfLimit: 'no-limit' },
  })
})

test('each null has its reason, and each reason its null', () => {
  const hidden = { ...processOf(7), counters: 'another-user' as const }
  const row: Record<string, unknown> = { ...rowOf(null, sampleOf({ processes: [hidden] })) }
  const nulls = Object.keys(row).filter((field) => row[field] === null)
  expect(Object.keys(row.unknown as object).sort()).toEqual(nulls.sort())
  expect(row).toMatchObject({ state: 'unknown', rssBytes: null, cpuMillicores: null, openFiles: 3 })
})

test("a user is named by the container's passwd, then by ours, then by number", () => {
  const at = (uid: number): string | null =>
    rowOf(
      null,
      sampleOf({
        processes: [processOf(7, { facts: { uid } })],
        containers: [containerOf('a', { users: new Map([[101, 'nginx']]) })],
      }),
    ).user
  expect([at(101), at(0), at(12345)]).toEqual(['nginx', 'root', '12345'])
})

test('a program without arguments is shown by its name, a cut one says so, a secret is masked', () => {
  const command = (args: readonly string[], argsCut = false): string =>
    rowOf(null, sampleOf({ processes: [processOf(7, { facts: { args, argsCut } })] })).command
  expect(command([])).toBe('[app]')
  expect(command(['app', '--token', 'abc'])).toBe('app --token ***')
  expect(command(['app', 'xxx'], true)).toBe('app xxx…')
})

test('waiting and disks are rates between the two reads, of a new process since it started', () => {
  const first = processOf(7, { waitSeconds: 4, diskReadBytes: 1000, diskWrittenBytes: 500 })
  const then = processOf(7, {
    readAtMs: 3000,
    waitSeconds: 4.5,
    diskReadBytes: 5000,
    diskWrittenBytes: 500,
  })
  expect(
    rowOf(sampleOf({ processes: [first] }), sampleOf({ ...later, processes: [then] })),
  ).toMatchObject({
    cpuWaitMillicores: 250,
    cpuWaitSeconds: 4.5,
    diskReadBytesPerSecond: 2000,
    diskWriteBytesPerSecond: 0,
  })
  const born = processOf(8, {
    counters: { startSeconds: 500.5 },
    readAtMs: 2000,
    waitSeconds: 0.1,
    diskReadBytes: 50,
  })
  expect(rowOf(sampleOf(), sampleOf({ ...later, processes: [born] }))).toMatchObject({
    cpuWaitMillicores: 200,
    diskReadBytesPerSecond: 100,
    diskWriteBytesPerSecond: 0,
  })
})

test('a main thread waits at most all the time, however its two clocks were read', () => {
  const first = processOf(7)
  const then = processOf(7, { readAtMs: 2000, waitSeconds: 1.01 })
  const row = rowOf(sampleOf({ processes: [first] }), sampleOf({ ...later, processes: [then] }))
  expect(row.cpuWaitMillicores).toBe(1000)
})

test('what becomes readable later is seen for the first time then', () => {
  const hidden = processOf(7, { waitSeconds: 'another-user', diskReadBytes: 'another-user' })
  const then = processOf(7, { readAtMs: 2000, waitSeconds: 9, diskReadBytes: 'another-user' })
  const row = rowOf(sampleOf({ processes: [hidden] }), sampleOf({ ...later, processes: [then] }))
  expect(row.unknown).toMatchObject({
    cpuWaitMillicores: 'first-sight',
    diskReadBytesPerSecond: 'another-user',
  })
  expect(row.diskWriteBytesPerSecond).toBe(0)
})

test("CPU is a share of the container's limit, open files stand beside theirs", () => {
  const previous = sampleOf({ processes: [processOf(7)] })
  const current = sampleOf({
    ...later,
    processes: [processOf(7, { readAtMs: 2000, counters: { cpuSeconds: 0.25 } })],
    containers: [containerOf('a', { figures: { cpuLimitMillicores: 500 } })],
  })
  expect(rowOf(previous, current)).toMatchObject({ cpuOfLimit: 0.5, openFilesLimit: 1024 })
})

test('topz is told apart from those it looks at', () => {
  const sample = sampleOf({ ownPid: 8, processes: [processOf(7), processOf(8)] })
  expect(tableOf({ previous: null, current: sample }).viewer).toBe('8.100')
  expect(tableOf({ previous: null, current: sampleOf() }).viewer).toBeNull()
})

test("the kernel's letter for a state is a word, and one that is not known yet says so", () => {
  const words = ['R', 'S', 'D', 'T', 't', 'Z', 'I', 'X', 'x', '?'].map(
    (state) => rowOf(null, sampleOf({ processes: [processOf(7, { counters: { state } })] })).state,
  )
  expect(words).toEqual([
    'running',
    'sleeping',
    'disk-wait',
    'stopped',
    'traced',
    'zombie',
    'idle',
    'dead',
    'dead',
    'unknown',
  ])
})
