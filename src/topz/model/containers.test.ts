import { expect, test } from 'bun:test'
import type { Sample } from '#topz/sample/sample.ts'
import { containerOf, processOf, sampleOf } from './samples-for-tests.ts'
import type { Container } from './table.ts'
import { tableOf } from './table-of.ts'

const id = '3f1b0c2d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f9'

function containersOf(previous: Sample | null, current: Sample): readonly Container[] {
  return tableOf({ previous, current }).containers
}

/** A pod: pause, two containers with names, topz, and one that nothing names. */
const pod = sampleOf({
  ownPid: 30,
  processes: [
    processOf(1, { facts: { name: 'pause', container: 'p' } }),
    processOf(10, { facts: { container: 'n' } }),
    processOf(20, { facts: { container: 'g' } }),
    processOf(30, { facts: { container: '/' } }),
    processOf(40, { facts: { container: id } }),
  ],
  containers: [
    containerOf('p'),
    containerOf('n', { name: 'nginx' }),
    containerOf('g', { name: 'git-sync' }),
    containerOf('/', { own: true }),
    containerOf(id),
  ],
})

test('apps come first by label, then the viewer, the pause last', () => {
  expect(containersOf(null, pod).map(({ label, kind }) => [label, kind])).toEqual([
    [id.slice(0, 12), 'app'],
    ['git-sync', 'app'],
    ['nginx', 'app'],
    ['topz', 'viewer'],
    ['pause', 'pause'],
  ])
})

test('without a pause the first process is an app like any other', () => {
  const debugged = sampleOf({ processes: [processOf(1)], containers: [containerOf('a')] })
  expect(containersOf(null, debugged)[0]?.kind).toBe('app')
  const podman = sampleOf({
    processes: [processOf(1, { facts: { name: 'catatonit', args: ['/catatonit', '-P'] } })],
  })
  expect(containersOf(null, podman)[0]?.kind).toBe('pause')
})

test('labels are unique also while a container and its successor share their name', () => {
  const both = sampleOf({
    processes: [processOf(1), processOf(2, { facts: { container: id } })],
    containers: [containerOf('a', { name: 'app' }), containerOf(id, { name: 'app' })],
  })
  expect(containersOf(null, both).map(({ label }) => label)).toEqual([
    'app',
    `app@${id.slice(0, 12)}`,
  ])
})

test("on a plain machine a group is called by its path's last part", () => {
  const key = '/user.slice/user-1000.slice/session-3.scope'
  const machine = sampleOf({ processes: [processOf(1, { facts: { container: key } })] })
  expect(containersOf(null, machine)[0]?.label).toBe('session-3')
})

/** Two samples of one container, a second apart. */
function growing(
  before: Parameters<typeof containerOf>[1],
  after: Parameters<typeof containerOf>[1],
): Container | undefined {
  const previous = sampleOf({ processes: [processOf(1)], containers: [containerOf('a', before)] })
  const current = sampleOf({
    monotonicMs: 2000,
    processes: [processOf(1, { counters: { cpuSeconds: 0.2 }, readAtMs: 2000 })],
    containers: [containerOf('a', { readAtMs: 2000, ...after })],
  })
  return containersOf(previous, current)[0]
}

test('CPU comes from the control group, which knows the short-lived too', () => {
  const grown = growing({ figures: { cpuSeconds: 5 } }, { figures: { cpuSeconds: 5.75 } })
  expect(grown?.cpuMillicores).toBe(750)
})

test('without the control group the sums of what is seen stand in, and memory says so', () => {
  expect(growing({}, {})).toMatchObject({
    cpuMillicores: 200,
    memoryBytes: 100,
    memorySource: 'sum-of-rss',
  })
  expect(growing({}, { figures: { memoryBytes: 7 } })).toMatchObject({
    memoryBytes: 7,
    memorySource: 'cgroup',
  })
})

test('throttling is the share of the periods of the last interval', () => {
  const figures = { cpuLimitMillicores: 500, cpuPeriods: 200, throttledPeriods: 76 }
  const later = { ...figures, cpuPeriods: 210, throttledPeriods: 80 }
  expect(growing({ figures }, { figures: later })?.throttled).toBe(0.4)
  expect(growing({ figures }, { figures })?.throttled).toBe(0)
  expect(growing({}, { figures })).toMatchObject({ unknown: { throttled: 'first-sight' } })
  expect(growing({ figures: later }, { figures })).toMatchObject({
    unknown: { throttled: 'counter-reset' },
  })
  expect(
    growing({ figures }, { figures: { ...later, cpuLimitMillicores: 'no-limit' } }),
  ).toMatchObject({ throttled: null, unknown: { throttled: 'no-limit' } })
})

test('pressure is the share of the interval, and never more than all of it', () => {
  const before = { cpuPressureSeconds: 1, memoryPressureSeconds: 2, ioPressureSeconds: 3 }
  const after = { cpuPressureSeconds: 1.25, memoryPressureSeconds: 2, ioPressureSeconds: 4.01 }
  expect(growing({ figures: before }, { figures: after })).toMatchObject({
    cpuPressure: 0.25,
    memoryPressure: 0,
    ioPressure: 1,
    ioPressureSeconds: 4.01,
  })
  expect(growing({}, { figures: after })?.unknown.cpuPressure).toBe('first-sight')
})

test('disks are rates between the two reads of the control group', () => {
  const before = { diskReadBytes: 100, diskWrittenBytes: 100 }
  const after = { diskReadBytes: 5100, diskWrittenBytes: 90 }
  expect(growing({ figures: before }, { readAtMs: 3500, figures: after })).toMatchObject({
    diskReadBytesPerSecond: 2000,
    diskWriteBytesPerSecond: null,
    unknown: { diskWriteBytesPerSecond: 'counter-reset' },
  })
})

test('a container is as old as the oldest of its processes', () => {
  const sample = sampleOf({
    processes: [
      processOf(7, { counters: { startSeconds: 490 } }),
      processOf(8, { counters: { startSeconds: 450 } }),
    ],
  })
  expect(containersOf(null, sample)[0]?.ageSeconds).toBe(50)
})

test('each null of a container has its reason, and each reason its null', () => {
  for (const container of containersOf(null, pod)) {
    const nulls = Object.entries(container)
      .filter(([field, value]) => value === null && field !== 'name')
      .map(([field]) => field)
    expect(Object.keys(container.unknown).sort()).toEqual(nulls.sort())
    expect(nulls.length).toBeGreaterThan(10)
  }
})
