import { expect, test } from 'bun:test'
import type { Sample, SampledContainer } from '#topz/sample/sample.ts'
import {
  atMs,
  containerOf,
  momentsOf,
  noConnections,
  processOf,
  sampleOf,
} from './samples-for-tests.ts'
import { tableOf } from './table-of.ts'

type Figures = Partial<SampledContainer['figures']>

/** Verdict over containers `app`, `app2` and so on with these figures, before and now. */
function verdictOf(...containers: readonly (readonly [before: Figures, now: Figures])[]): string {
  const at = (which: 0 | 1, monotonicMs: number) =>
    sampleOf({
      monotonicMs,
      processes: containers.map((_, index) =>
        processOf(index + 1, { facts: { container: `${index}` }, readAtMs: monotonicMs }),
      ),
      containers: containers.map((pair, index) =>
        containerOf(`${index}`, {
          name: index === 0 ? 'app' : `app${index + 1}`,
          readAtMs: monotonicMs,
          figures: pair[which],
        }),
      ),
    })
  const { verdict, verdictTone } = tableOf({ previous: at(0, 1000), current: at(1, 2000) })
  return `${verdictTone}: ${verdict}`
}

const memory = (memoryBytes: number): Figures => ({ memoryBytes, memoryLimitBytes: 100 })

test('nothing near a limit is all quiet', () => {
  expect(verdictOf([memory(69), memory(69)])).toBe('quiet: All quiet')
  expect(verdictOf()).toBe('quiet: All quiet')
})

test('memory is amber from 70 % and red from 90 % of the limit', () => {
  expect(verdictOf([{}, memory(71)])).toBe('amber: app uses 71 % of its memory limit')
  expect(verdictOf([{}, memory(92)])).toBe('red: app uses 92 % of its memory limit')
})

test("one container's two worst findings make one sentence", () => {
  const cpu = { cpuLimitMillicores: 500, cpuPeriods: 0, throttledPeriods: 0 }
  const throttled = {
    ...memory(92),
    cpuLimitMillicores: 500,
    cpuPeriods: 100,
    throttledPeriods: 38,
  }
  expect(verdictOf([cpu, throttled])).toBe(
    'red: app uses 92 % of its memory limit and is throttled 38 % of the time',
  )
})

test('the worst container is named, the others are counted', () => {
  expect(verdictOf([{}, memory(75)], [{}, memory(95)])).toBe(
    'red: app2 uses 95 % of its memory limit; 1 more container to look at',
  )
})

test('an OOM kill is red when it happens and amber afterwards', () => {
  expect(verdictOf([{ oomKills: 1 }, { oomKills: 2 }])).toBe(
    'red: app lost 1 process to the OOM killer just now',
  )
  expect(verdictOf([{ oomKills: 2 }, { oomKills: 2 }])).toBe(
    'amber: app had 2 OOM kills since it started',
  )
})

test('zombies by the hundred are worth a word', () => {
  const processes = Array.from({ length: 100 }, (_, index) =>
    processOf(index + 1, { counters: { state: 'Z' } }),
  )
  expect(tableOf({ previous: null, current: sampleOf({ processes }) }).verdict).toBe(
    'a has 100 zombies, which nobody waited for',
  )
})

test('seeing only ourselves is said, with init and shells entered from outside', () => {
  const own = [
    processOf(1, { facts: { name: 'tini' } }),
    processOf(7, { counters: { parentPid: 1 } }),
    processOf(8, { counters: { parentPid: 7 } }),
    processOf(20, { facts: { name: 'sh' } }),
  ]
  const table = tableOf({ previous: null, current: sampleOf({ ownPid: 7, processes: own }) })
  expect(table).toMatchObject({ sees: 'itself', verdictTone: 'amber' })
})

test('another container, or a sibling below PID 1, is a shared view', () => {
  const other = processOf(9, { facts: { container: 'b' } })
  const seen = sampleOf({ ownPid: 7, processes: [processOf(7), other] })
  expect(tableOf({ previous: null, current: seen }).sees).toBe('pod')
  const sibling = sampleOf({
    ownPid: 7,
    processes: [
      processOf(1),
      processOf(7, { counters: { parentPid: 1 } }),
      processOf(8, { counters: { parentPid: 1 } }),
    ],
  })
  expect(tableOf({ previous: null, current: sibling }).sees).toBe('pod')
})

/** Verdict over what was known of one container called `app` in seconds after one another. */
function verdictAfter(...seconds: readonly (Partial<Sample> & { readonly at?: number })[]): string {
  const samples = seconds.map(({ at, ...parts }, index) =>
    sampleOf({ ...atMs((at ?? index) * 1000), ...parts }),
  )
  const last = momentsOf(samples).at(-1)?.table
  return `${last?.verdictTone}: ${last?.verdict}`
}

function one(figures: Figures, key = 'a'): Partial<Sample> {
  return {
    processes: [processOf(1, { facts: { container: key } })],
    containers: [containerOf(key, { name: 'app', figures })],
  }
}

test('an OOM kill is told of for some minutes, with its time', () => {
  const killed = one({ oomKills: 1 })
  expect(verdictAfter(one({ oomKills: 0 }), killed, killed, killed, { ...killed, at: 183 })).toBe(
    'red: app lost 1 process to the OOM killer 3 min ago',
  )
  expect(verdictAfter(one({ oomKills: 0 }), killed, killed, killed, { ...killed, at: 603 })).toBe(
    'amber: app lost 1 process to the OOM killer 10 min ago',
  )
  expect(verdictAfter(one({ oomKills: 0 }), killed, killed, killed, { ...killed, at: 1003 })).toBe(
    'amber: app had 1 OOM kill since it started',
  )
})

test('a restart is told of with what went before it, also when memory is only the likely reason', () => {
  const near = one({ memoryBytes: 95, memoryLimitBytes: 100 })
  expect(verdictAfter(near, {}, one({}, 'b'))).toBe(
    'red: app probably ran out of memory just now and was restarted just now',
  )
  expect(verdictAfter(one({}), one({}, 'b'), one({}, 'c'))).toBe(
    'red: app was restarted 2 times, just now the last time',
  )
})

test('a container that does not come back is told of, one that the pod has no name for is not', () => {
  expect(verdictAfter(one({}), {}, { at: 61 })).toBe(
    'amber: app ended 1 min ago and has not come back',
  )
  const nameless = { processes: [processOf(1, { facts: { container: '/user.slice' } })] }
  expect(verdictAfter(nameless, {})).toBe('quiet: All quiet')
})

test('waiting for memory, a disk or a CPU is told of as a share of the time', () => {
  const waits = (field: keyof Figures, seconds: number): string =>
    verdictOf([{ [field]: 0 }, { [field]: seconds }])
  expect(waits('memoryPressureSeconds', 0.12)).toBe('amber: app waits for memory 12 % of the time')
  expect(waits('memoryPressureSeconds', 0.3)).toStartWith('red: ')
  expect(waits('ioPressureSeconds', 0.45)).toBe('amber: app waits for its disk 45 % of the time')
  expect(waits('cpuPressureSeconds', 0.95)).toBe('amber: app waits for a CPU 95 % of the time')
  expect(waits('cpuPressureSeconds', 0.4)).toBe('quiet: All quiet')
})

test('without pressure the process that waits most for a CPU is named', () => {
  const at = (waitSeconds: number, readAtMs: number): Partial<Sample> => ({
    processes: [processOf(7, { waitSeconds, readAtMs, facts: { name: 'node' } })],
  })
  expect(verdictAfter(at(0, 1000), at(0.6, 2000))).toBe(
    'amber: a has node (PID 7) waiting for a CPU 60 % of the time',
  )
})

test('the process that is near its limit of open files is named', () => {
  const processes = [
    processOf(7, { openFiles: 500, facts: { openFilesLimit: 1024 } }),
    processOf(8, { openFiles: 1000, facts: { openFilesLimit: 1024, name: 'node' } }),
  ]
  expect(verdictAfter({ processes })).toBe('red: a has node (PID 8) at 98 % of its open files')
})

test('programs that come and go are named when they use most of a CPU that is short', () => {
  const at = (cpuSeconds: number, childCpuSeconds: number, readAtMs: number): Partial<Sample> => ({
    processes: [processOf(7, { counters: { childCpuSeconds }, readAtMs, facts: { name: 'make' } })],
    containers: [containerOf('a', { readAtMs, figures: { cpuSeconds, cpuLimitMillicores: 1000 } })],
  })
  expect(verdictAfter(at(0, 0, 1000), at(0.8, 0.5, 2000))).toBe(
    'amber: a uses 80 % of its CPU limit and spends most of its CPU on programs that come and go below make (PID 7)',
  )
})

test('throttling is the better word for waiting and for a CPU limit that is used up', () => {
  const before = { cpuLimitMillicores: 100, cpuPeriods: 0, throttledPeriods: 0 }
  const now = { ...before, cpuPeriods: 10, throttledPeriods: 8 }
  const only = 'red: app is throttled 80 % of the time'
  const waits = { cpuPressureSeconds: 0.9 }
  expect(
    verdictOf([
      { ...before, cpuPressureSeconds: 0 },
      { ...now, ...waits },
    ]),
  ).toBe(only)
  const used = verdictOf([
    { ...before, cpuSeconds: 0 },
    { ...now, cpuSeconds: 0.1 },
  ])
  expect(used).toBe(`${only} and spends most of its CPU on programs that come and go`)
})

test('connections that nobody closes are told of when nothing else is, or when they are too many', () => {
  const network = (closeWait: number): Sample['network'] => ({
    readAtMs: 1000,
    receivedBytes: 0,
    sentBytes: 0,
    tcp: { ...noConnections(0), 'close-wait': closeWait },
  })
  expect(verdictAfter({ network: network(99) })).toBe('quiet: All quiet')
  expect(verdictAfter({ network: network(300) })).toBe(
    'amber: the pod has 300 connections that the other side closed and no program here did',
  )
  const busy = one({ memoryBytes: 75, memoryLimitBytes: 100 })
  expect(verdictAfter({ ...busy, network: network(300) })).toBe(
    'amber: app uses 75 % of its memory limit',
  )
  expect(verdictAfter({ ...busy, network: network(3000) })).toStartWith('red: the pod has 3000')
})

test('quiet is said of what can be seen: limits that are hidden may be near', () => {
  const hidden = one({ memoryLimitBytes: 'another-user' })
  expect(verdictAfter(hidden)).toBe(
    'quiet: All quiet as far as can be seen: the limits of app are hidden from topz',
  )
  expect(verdictAfter(one({ memoryLimitBytes: 'no-limit' }))).toBe('quiet: All quiet')
})
