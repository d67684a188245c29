import { expect, test } from 'bun:test'
import { groupsOf } from './groups.ts'
import { randomOf, randomPod } from './random-pods-for-tests.ts'
import { momentsOf } from './samples-for-tests.ts'
import { sumsOf } from './sums.ts'
import type { Container, Process, Table } from './table.ts'
import { type Moment, momentOf } from './table-of.ts'
import { nodesOf, sumsOfNode, treeOf } from './tree.ts'
import { foldZombies } from './zombies.ts'

/* What holds of any pod, whatever happens in it: each test runs through all of these. */

const runs = Array.from({ length: 10 }, (_, seed) => {
  const samples = [...randomPod(randomOf(seed + 1), { samples: 40 })]
  return { samples, moments: momentsOf(samples) }
})

function eachTable(look: (table: Table) => void): void {
  for (const { moments } of runs) for (const { table } of moments) look(table)
}

/** Every number in it, with the way to it. */
function* numbersIn(value: unknown, way = ''): Generator<readonly [string, number]> {
  if (typeof value === 'number') yield [way, value]
  if (typeof value !== 'object' || value === null) return
  for (const [key, inner] of Object.entries(value)) yield* numbersIn(inner, `${way}.${key}`)
}

test('the pods are lively enough to hold anything', () => {
  const tables = runs.flatMap(({ moments }) => moments.map(({ table }) => table))
  const kinds = new Set(tables.flatMap(({ events }) => events.map(({ kind }) => kind)))
  expect([...kinds].toSorted()).toEqual([
    'container-ended',
    'container-restarted',
    'container-started',
    'exit',
    'memory-limit-reached',
    'oom-kill',
    'probable-oom',
    'process-limit-reached',
    'start',
    'throttling-began',
    'throttling-ended',
  ])
  expect(Math.max(...tables.map(({ processes }) => processes.length))).toBeGreaterThan(100)
  const shortLived = tables.flatMap(({ containers }) =>
    containers.filter(({ shortLivedMillicores }) => (shortLivedMillicores ?? 0) > 0),
  )
  expect(shortLived.length).toBeGreaterThan(5)
})

test('no number is negative, infinite or none', () => {
  eachTable((table) => {
    for (const [way, number] of numbersIn(table)) {
      if (!(number >= 0 && number < Number.POSITIVE_INFINITY)) {
        throw new Error(`Cannot show ${way}: it is ${number}`)
      }
    }
  })
})

test('shares of an interval are of 0 to 1', () => {
  eachTable(({ processes, containers }) => {
    for (const { cpuWaitMillicores } of processes)
      expect(cpuWaitMillicores ?? 0).toBeWithin(0, 1001)
    for (const { throttled, cpuPressure, memoryPressure, ioPressure } of containers) {
      for (const share of [throttled, cpuPressure, memoryPressure, ioPressure]) {
        expect((share ?? 0) <= 1).toBe(true)
      }
    }
  })
})

test('unknown has exactly the fields that are null', () => {
  const gapsOf = (record: Process | Container | NonNullable<Table['network']>) =>
    Object.entries(record)
      // nothing may know a container by name
      .filter(([field, value]) => value === null && field !== 'name')
      .map(([field]) => field)
      .toSorted()
  eachTable(({ processes, containers, network }) => {
    for (const record of [...processes, ...containers, ...(network === null ? [] : [network])]) {
      expect(Object.keys(record.unknown).toSorted()).toEqual(gapsOf(record))
    }
  })
})

test('groups have each process once, and their sums are the whole', () => {
  eachTable(({ processes, containers }) => {
    const whole = sumsOf(processes)
    for (const by of ['container', 'program'] as const) {
      const groups = groupsOf(processes, by)
      const add = (field: 'processes' | 'rssBytes' | 'cpuMillicores' | 'openFiles'): number =>
        groups.reduce((sum, { sums }) => sum + (sums[field] ?? 0), 0)
      expect(add('processes')).toBe(processes.length)
      for (const field of ['rssBytes', 'cpuMillicores', 'openFiles'] as const) {
        expect(add(field)).toBeCloseTo(whole[field] ?? 0, 6)
      }
    }
    expect(containers.reduce((sum, container) => sum + container.processes, 0)).toBe(
      processes.length,
    )
  })
})

test('the tree and the folded rows have each process once', () => {
  eachTable(({ processes }) => {
    const roots = treeOf(processes)
    const keys = [...nodesOf(roots)].map(({ process }) => process.key)
    expect(keys.toSorted()).toEqual(processes.map(({ key }) => key).toSorted())
    const summed = roots.reduce((sum, root) => sum + sumsOfNode(root).processes, 0)
    expect(summed).toBe(processes.length)
    expect(foldZombies(processes).reduce((sum, { count }) => sum + count, 0)).toBe(processes.length)
  })
})

test('what started and did not end is there, and who ended was there', () => {
  const living = ({ table }: Moment): number =>
    table.processes.filter(({ state }) => state !== 'zombie').length
  for (const { moments } of runs) {
    const seen = new Set<string>()
    const over = new Set<string>()
    let there = moments[0] === undefined ? 0 : living(moments[0])
    for (const moment of moments) {
      for (const { key } of moment.table.processes) seen.add(key)
      for (const { kind, process, count } of moment.table.events) {
        if (kind === 'start') there += count
        if (kind !== 'exit') continue
        there -= count
        if (process === null) continue
        expect(seen.has(process)).toBe(true)
        expect(over.has(process)).toBe(false)
        over.add(process)
      }
      expect(there).toBe(living(moment))
    }
  }
})

test('containers that were told of as started and not as ended are there', () => {
  for (const { moments } of runs) {
    let there = moments[0]?.table.containers.length ?? 0
    for (const { table, standing } of moments) {
      for (const { kind } of table.events) {
        if (kind === 'container-started' || kind === 'container-restarted') there++
        if (kind === 'container-ended') there--
      }
      const told = [...standing.containers.values()].filter(({ announced }) => announced)
      expect(there).toBe(told.length)
    }
  }
})

test('events are in order, within the interval, and few', () => {
  for (const { moments } of runs) {
    for (const { table } of moments) {
      const times = table.events.map(({ atMs }) => atMs)
      expect(times).toEqual(times.toSorted((a, b) => a - b))
      for (const time of times) expect(time).toBeLessThanOrEqual(table.takenAtMs)
      expect(table.events.length).toBeLessThanOrEqual(60 * table.containers.length + 60)
    }
  }
})

test('the same samples give the same table, and nothing that was given is changed', () => {
  for (const { samples, moments } of runs) {
    for (const [at, current] of samples.entries()) {
      const before = moments[at - 1]
      const again = momentOf({
        previous: samples[at - 1] ?? null,
        current,
        ...(before === undefined ? {} : { standing: before.standing }),
      })
      expect(JSON.stringify(again.table)).toBe(JSON.stringify(moments[at]?.table))
      expect(again.standing).toEqual(moments[at]?.standing ?? again.standing)
    }
  }
})

test('a verdict is one line of at most two findings', () => {
  eachTable(({ verdict }) => {
    expect(verdict).not.toContain('\n')
    expect(verdict.split(' and ').length).toBeLessThanOrEqual(3)
    expect(verdict.length).toBeLessThan(200)
  })
})
