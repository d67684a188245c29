import { describe, expect, test } from 'bun:test'
import { madeUpPod, madeUpProcess } from '#topz/model/made-up-pod.ts'
import type { PodEvent, Process, Table } from '#topz/model/table.ts'
import { History } from './history.ts'
import { podSeries, processSeries } from './series.ts'
import { beganAtMs, type LivelyOptions, livelyTables } from './tables-for-tests.ts'

const mebi = 2 ** 20

interface Filled {
  readonly history: History
  readonly tables: readonly Table[]
  /** The most it ever took. */
  readonly mostBytes: number
}

function filled(seconds: number, options: LivelyOptions & { mostBytes?: number }): Filled {
  const { mostBytes: room = 3 * mebi } = options
  const history = new History({ spanMs: 900_000, mostBytes: room })
  const tables: Table[] = []
  let mostBytes = 0
  for (const table of livelyTables(options)) {
    if (tables.length === seconds) break
    history.record(table, tables.length * 1000)
    tables.push(table)
    mostBytes = Math.max(mostBytes, history.bytes)
  }
  return { history, tables, mostBytes }
}

function momentsOf(history: History): number[] {
  return podSeries(history).takenAtMs.map((atMs) => (atMs - beganAtMs) / 1000)
}

/** A table of that second with these processes. */
function tableAt(second: number, about: Partial<Table> = {}): Table {
  return { ...madeUpPod, events: [], takenAtMs: beganAtMs + second * 1000, ...about }
}

function pidsOf(table: Table | null): number[] | undefined {
  return table?.processes.map(({ pid }) => pid)
}

describe('the table of a moment', () => {
  test('has all that the table of then had, whose figures have few digits', () => {
    const history = new History({ spanMs: 60_000 })
    const process: Process = madeUpProcess(7, {
      cpuMillicores: 81.2,
      rssBytes: 302 * mebi,
      cpuSeconds: 12,
      memoryOfLimit: null,
      cpuWaitMillicores: null,
      user: null,
      unknown: { memoryOfLimit: 'no-limit', cpuWaitMillicores: 'another-user', user: 'ended' },
      cpuOfLimit: 0,
      memoryOfHost: 0,
      cpuWaitSeconds: 3,
      state: 'disk-wait',
    })
    const whole = tableAt(0, {
      sampleMs: 3.14,
      intervalMs: 1000,
      processes: [process],
      containers: madeUpPod.containers.map((container) => ({
        ...container,
        ...{ cpuMillicores: 137, memoryBytes: 18 * mebi, throttled: 0, cpuPressure: 0 },
        ...{ diskReadBytesPerSecond: 0, diskWriteBytesPerSecond: 0 },
        ...{ memoryUsageBytes: 22 * mebi, memoryPeakBytes: 30 * mebi, memoryAnonBytes: 0 },
        ...{ shortLivedMillicores: 0, memoryPressure: 0, ioPressure: 0, cpuSeconds: 1200 },
        ...{ throttledSeconds: 3, cpuPressureSeconds: 3, ioPressureSeconds: 1 },
      })),
      network: madeUpPod.network && {
        ...madeUpPod.network,
        ...{ receivedBytesPerSecond: 209 * 1024, sentBytesPerSecond: 1.25 * mebi },
        ...{ receivedBytes: 75.5 * 2 ** 30, sentBytes: 484 * 2 ** 30 },
      },
    })
    history.record(whole, 0)
    expect(history.at(beganAtMs)).toEqual(whole)
    const none = tableAt(1, { processes: [], containers: [], network: null, podUid: null })
    history.record({ ...none, sampleMs: 0, verdict: 'Nothing', intervalMs: null }, 1000)
    expect(history.at(beganAtMs + 1000)).toMatchObject({
      ...{ processes: [], containers: [], network: null, podUid: null, verdict: 'Nothing' },
      intervalMs: null,
    })
    expect(history.at(beganAtMs)).toEqual(whole)
  })

  test('is the nearest one that is not younger; before the first there is none', () => {
    const history = new History({ spanMs: 60_000 })
    for (const second of [0, 2, 4]) history.record(tableAt(second), second * 1000)
    const takenAt = (second: number): number | undefined => {
      const table = history.at(beganAtMs + second * 1000)
      return table === null ? undefined : (table.takenAtMs - beganAtMs) / 1000
    }
    expect([-0.001, 0, 1.9, 2, 3.999, 4, 100].map(takenAt)).toEqual([
      undefined,
      ...[0, 0, 2, 2, 4, 4],
    ])
    expect(new History({ spanMs: 60_000 }).at(beganAtMs)).toBeNull()
  })

  test('has the rows of then, whoever started, ended or changed name since', () => {
    const history = new History({ spanMs: 60_000 })
    const [first, shell] = [madeUpProcess(5, {}), madeUpProcess(9, { key: '9.1', name: 'sh' })]
    const node = madeUpProcess(9, { key: '9.1', name: 'node', command: 'node server.js' })
    const again = madeUpProcess(5, { key: '5.777', command: 'another' })
    const seconds = [[first], [first, shell], [shell], [node], [again, node], []]
    for (const [second, processes] of seconds.entries()) {
      history.record(tableAt(second, { processes }), second * 1000)
    }
    for (const [second, processes] of seconds.entries()) {
      const past = history.at(beganAtMs + second * 1000)
      const told = (rows: readonly Process[] = []): unknown =>
        rows.map(({ key, name, command }) => ({ key, name, command }))
      expect(told(past?.processes)).toEqual(told(processes))
    }
  })

  test('is right at each of a thousand moments of a pod that lives', () => {
    const { history, tables } = filled(900, { processes: 40, ending: 0.05, busy: 0.5 })
    expect(momentsOf(history)).toHaveLength(900)
    for (const table of tables) {
      const past = history.at(table.takenAtMs)
      expect(pidsOf(past)).toEqual(pidsOf(table))
      for (const [at, process] of (past?.processes ?? []).entries()) {
        const then = table.processes[at]
        expect(process.cpuMillicores).toBeWithin(...around(then?.cpuMillicores, 0.0051))
        expect(process.rssBytes).toBeWithin(...around(then?.rssBytes, 6))
        expect(Math.floor(process.ageSeconds ?? -1)).toBe(Math.floor(then?.ageSeconds ?? -2))
        expect(process.openFiles).toBe(then?.openFiles ?? null)
        expect(process.command).toBe(then?.command ?? '')
      }
    }
  })
})

/** What three digits leave open: half of the last one, at least `least`. */
function around(value: number | null | undefined, least: number): [number, number] {
  const known = value ?? Number.NaN
  const slack = Math.max(known * 0.0052, least)
  return [known - slack, known + slack]
}

describe('the room', () => {
  test('holds 2,000 processes at a moment a second for all of the time', () => {
    const { history, mostBytes } = filled(900, { processes: 2000, busy: 0.01, ending: 0 })
    expect(momentsOf(history)).toHaveLength(900)
    expect(mostBytes).toBeLessThan(3 * mebi)
  })

  test('is never more than was said: what is old becomes coarse, and stays', () => {
    const { history, tables, mostBytes } = filled(900, {
      processes: 200,
      busy: 1,
      mostBytes: mebi / 2,
    })
    expect(mostBytes).toBeLessThanOrEqual(mebi / 2)
    const moments = momentsOf(history)
    expect(moments.length).toBeGreaterThan(30)
    expect(moments[0]).toBe(0)
    expect(moments.slice(-10)).toEqual([890, 891, 892, 893, 894, 895, 896, 897, 898, 899])
    const late = moments.filter((second) => second >= 450).length
    expect(late).toBeGreaterThan(2 * (moments.length - late))
    for (const second of moments) {
      expect(pidsOf(history.at(beganAtMs + second * 1000))).toEqual(pidsOf(tables[second] ?? null))
    }
  })

  test('does not grow by 20,000 processes that come and go', () => {
    const { history, mostBytes } = filled(900, { processes: 100, ending: 0.25, busy: 0 })
    expect(mostBytes).toBeLessThanOrEqual(3 * mebi)
    const moments = momentsOf(history)
    expect(moments.length).toBeGreaterThan(100)
    expect(moments[0]).toBeLessThan(60)
  })

  test('is kept where one moment alone is more than it holds', () => {
    const { history, tables } = filled(20, { processes: 6000, mostBytes: mebi / 2 })
    expect(momentsOf(history)).toHaveLength(1)
    expect(history.at(beganAtMs + 60_000)?.takenAtMs).toBe(tables.at(-1)?.takenAtMs ?? 0)
    expect(history.at(beganAtMs + 60_000)?.processes).toHaveLength(4096)
  })

  test('is given back by what is older than the time', () => {
    const history = new History({ spanMs: 60_000 })
    for (let second = 0; second < 600; second++) history.record(tableAt(second), second * 1000)
    const [first = 0] = momentsOf(history)
    expect(first).toBeWithin(600 - 60 - 10, 600 - 60 + 1)
    expect(history.at(beganAtMs + 500_000)).toBeNull()
  })
})

describe('a clock that is set', () => {
  const pastBySecond = (history: History, second: number): number[] | undefined =>
    pidsOf(history.at(beganAtMs + second * 1000))

  for (const [way, jumpSeconds] of [
    ['back', -3600],
    ['forward', 7200],
  ] as const) {
    test(`${way} moves all moments with it: none is lost, none comes twice`, () => {
      const history = new History({ spanMs: 60_000 })
      const record = (second: number, shown: number): void => {
        const processes = [madeUpProcess(100 + second, {})]
        const events = [{ ...event('start', 0), atMs: beganAtMs + shown * 1000 - 300 }]
        history.record(tableAt(shown, { processes, events }), second * 1000)
      }
      for (let second = 0; second < 10; second++) record(second, second)
      for (let second = 10; second < 20; second++) record(second, second + jumpSeconds)
      const moments = momentsOf(history)
      expect(moments).toEqual(Array.from({ length: 20 }, (_, at) => at + jumpSeconds))
      for (let second = 0; second < 20; second++) {
        expect(pastBySecond(history, second + jumpSeconds)).toEqual([100 + second])
        const past = history.at(beganAtMs + (second + jumpSeconds) * 1000)
        expect(past?.events.map(({ atMs }) => atMs)).toEqual([(past?.takenAtMs ?? 0) - 300])
      }
    })
  }

  test('by less than a second changes nothing', () => {
    const history = new History({ spanMs: 60_000 })
    history.record(tableAt(0), 0)
    history.record(tableAt(1.4), 1000)
    history.record(tableAt(1.9), 2000)
    expect(momentsOf(history)).toEqual([0, 1.4, 1.9])
  })
})

function event(kind: PodEvent['kind'], second: number, says = 'Something happened'): PodEvent {
  const atMs = beganAtMs + second * 1000
  return { atMs, kind, container: 'app-id', label: 'app', process: '7.1', count: 1, says }
}

describe('events', () => {
  test('are those of their table, also when moments between are gone', () => {
    const history = new History({ spanMs: 900_000, mostBytes: 100_000 })
    let told = 0
    for (const table of livelyTables({ processes: 50, busy: 1 })) {
      if (told === 300) break
      history.record({ ...table, events: [event('exit', told, `number ${told}`)] }, told * 1000)
      told++
    }
    const { takenAtMs, events } = podSeries(history)
    expect(takenAtMs.length).toBeLessThan(200)
    const says = takenAtMs.flatMap((atMs) => history.at(atMs)?.events.map(({ says }) => says) ?? [])
    expect(says.length).toBe(events.length)
    expect(says.at(-1)).toBe('number 299')
  })

  test('of which there are too many leave the rest of the room to others', () => {
    const history = new History({ spanMs: 900_000, mostBytes: mebi })
    for (let second = 0; second < 800; second++) {
      const many = Array.from({ length: 100 }, () => event('start', second))
      const rare = second === 0 ? [event('oom-kill', 0)] : []
      history.record(tableAt(second, { events: [...many, ...rare] }), second * 1000)
    }
    const { events } = podSeries(history)
    expect(events.filter(({ kind }) => kind === 'oom-kill')).toEqual([event('oom-kill', 0)])
    expect(events.length).toBeWithin(50, 500)
    expect(history.bytes).toBeLessThan(mebi)
  })

  test('are forgotten with their time', () => {
    const history = new History({ spanMs: 60_000 })
    history.record(tableAt(0, { events: [event('oom-kill', 0)] }), 0)
    for (let second = 1; second < 100; second++) history.record(tableAt(second), second * 1000)
    expect(podSeries(history).events).toEqual([])
  })
})

describe('series', () => {
  test('of a container have a value for each moment, null where it was not', () => {
    const history = new History({ spanMs: 60_000 })
    const [one, two] = [madeUpPod.containers[0], madeUpPod.containers[1]]
    if (one === undefined || two === undefined) throw new Error('the made-up pod has two')
    history.record(tableAt(0, { containers: [one] }), 0)
    history.record(tableAt(1, { containers: [{ ...one, cpuMillicores: 500 }, two] }), 1000)
    const unknown = { cpuMillicores: 'first-sight' } as const
    history.record(tableAt(2, { containers: [{ ...two, cpuMillicores: null, unknown }] }), 2000)
    const { takenAtMs, containers } = podSeries(history)
    expect(takenAtMs).toEqual([0, 1, 2].map((second) => beganAtMs + second * 1000))
    expect(containers.map(({ label }) => label)).toEqual([one.label, two.label])
    expect(containers[0]?.cpuMillicores.slice(1)).toEqual([500, null])
    expect(containers[1]?.cpuMillicores.map((value) => value === null)).toEqual([true, false, true])
    expect(containers[1]?.memoryLimitBytes).toBe(two.memoryLimitBytes)
  })

  test('of a process go from its first to its last moment', () => {
    const history = new History({ spanMs: 60_000 })
    const cpus = [null, 10, 20, null, 30, null]
    for (const [second, cpuMillicores] of cpus.entries()) {
      const processes = cpuMillicores === null ? [] : [madeUpProcess(7, { cpuMillicores })]
      history.record(tableAt(second, { processes }), second * 1000)
    }
    const series = processSeries(history, '7.100')
    expect(series?.takenAtMs).toEqual([1, 2, 3, 4].map((second) => beganAtMs + second * 1000))
    expect(series?.cpuMillicores).toEqual([10, 20, null, 30])
    expect(series?.command).toBe('program --number 7')
    expect(processSeries(history, '8.100')).toBeNull()
  })

  test('of all containers over all of the time are small enough for a page to load at once', () => {
    const { history } = filled(900, { processes: 500 })
    const text = JSON.stringify(podSeries(history))
    expect(Bun.gzipSync(text).length).toBeLessThan(100_000)
  })
})
