import { expect, test } from 'bun:test'
import { seeded } from '#test/fixtures/seeded.ts'
import { later, madeUpPod, madeUpProcess } from '#topz/model/made-up-pod.ts'
import type { Container, Process, Table } from '#topz/model/table.ts'
import { applyDelta, type Delta, deltaOf } from './delta.ts'
import { rounded } from './rounded.ts'
import { settled } from './stream.ts'

/** As it comes out at the other end of a connection. */
function overTheWire<Value>(value: Value): Value {
  return JSON.parse(JSON.stringify(value)) as Value
}

/** A table after another by chance: rows come, go, change, change places; time runs, and jumps. */
function next(before: Table, random: () => number): Table {
  const some = <Any>(from: readonly Any[], share: number): Any[] =>
    from.filter(() => random() < share)
  const elapsedMs = random() < 0.05 ? -3_600_000 : Math.round(500 + random() * 3000)
  const changed = (row: Process): Process => {
    if (random() < 0.6) return { ...row, ageSeconds: (row.ageSeconds ?? 0) + elapsedMs / 1000 }
    const known = random() < 0.8
    return {
      ...row,
      cpuMillicores: known ? random() * 2000 : null,
      ageSeconds: known ? random() * 1e6 : null,
      command: random() < 0.2 ? `exec ${Math.floor(random() * 9)}` : row.command,
      unknown: known ? {} : { cpuMillicores: 'counter-reset', ageSeconds: 'not-offered' },
    }
  }
  const born = Array.from({ length: Math.floor(random() * 4) }, () => {
    const pid = 1 + Math.floor(random() * 500)
    return madeUpProcess(pid, { key: `${pid}.${Math.floor(random() * 1e6)}` })
  })
  const moved = (rows: readonly Container[]): readonly Container[] =>
    random() < 0.2 ? rows.toReversed() : rows
  return {
    ...before,
    takenAtMs: before.takenAtMs + elapsedMs,
    verdict: random() < 0.3 ? `verdict ${random()}` : before.verdict,
    network: random() < 0.2 ? null : madeUpPod.network,
    containers: moved(
      random() < 0.2
        ? some(madeUpPod.containers, 0.7)
        : before.containers.map((row) => ({ ...row })),
    ),
    processes: [...some(before.processes, 0.9).map(changed), ...born].sort((a, b) => a.pid - b.pid),
  }
}

test('over any changes of a pod, applying deltas gives each table exactly', () => {
  for (let seed = 1; seed <= 20; seed++) {
    const random = seeded(seed)
    let taken = rounded(madeUpPod)
    let given = overTheWire(taken)
    let seen = given
    for (let moment = 0; moment < 100; moment++) {
      taken = rounded(next(taken, random))
      const table = settled(given, taken)
      seen = applyDelta(seen, overTheWire(deltaOf(given, table)))
      expect(seen).toEqual(overTheWire(table))
      given = table
    }
  }
})

test('a delta is exact without settled ages too, and over several moments at once', () => {
  const random = seeded(99)
  const tables = [rounded(madeUpPod)]
  for (let moment = 0; moment < 40; moment++) {
    tables.push(rounded(next(tables.at(-1) ?? madeUpPod, random)))
  }
  for (const [at, table] of tables.entries()) {
    for (const later of tables.slice(at, at + 5)) {
      expect(applyDelta(table, overTheWire(deltaOf(table, later)))).toEqual(later)
    }
  }
})

test('what did not change is not told, and an age that only grew is not a change', () => {
  const [first, ...rest] = madeUpPod.processes
  if (first === undefined) throw new Error('the pod is empty')
  const older = (row: Process): Process => ({ ...row, ageSeconds: (row.ageSeconds ?? 0) + 1 })
  const table = later(madeUpPod, {
    containers: madeUpPod.containers.map((row) => ({ ...row, ageSeconds: 270_001 })),
    processes: [{ ...older(first), cpuMillicores: 5 }, ...rest.map(older)],
  })
  const same = { gone: [], changed: [], came: [] }
  expect(deltaOf(madeUpPod, table)).toEqual({
    schema: 1,
    since: madeUpPod.takenAtMs,
    table: { takenAtMs: table.takenAtMs },
    containers: same,
    processes: { ...same, changed: [[first.key, { cpuMillicores: 5 }]] },
  })
})

test('ages that are nearly as expected are made so, others are told', () => {
  const aged = (ageSeconds: number): Table =>
    later(madeUpPod, { processes: [madeUpProcess(2, { ageSeconds })] })
  const before = { ...aged(100), takenAtMs: madeUpPod.takenAtMs }
  expect(settled(before, aged(101.4)).processes[0]?.ageSeconds).toBe(101)
  expect(settled(before, aged(101.6)).processes[0]?.ageSeconds).toBe(101.6)
})

test('a delta of another table is refused, and says so', () => {
  const delta: Delta = deltaOf(madeUpPod, later(madeUpPod))
  expect(() => applyDelta(later(madeUpPod), delta)).toThrow(
    'Cannot apply a delta of 1000000 to the table of 1001000: one was missed',
  )
})

test('of 500 processes of which 20 work, a delta is a small part of the table', () => {
  const random = seeded(3)
  const processes = Array.from({ length: 500 }, (_, at) =>
    madeUpProcess(at + 2, { ageSeconds: 1000 + random() * 1000, rssBytes: 4096 * at }),
  )
  const before = rounded(later(madeUpPod, { processes }))
  const after = rounded(
    later(before, {
      processes: processes.map((row, at) => ({
        ...row,
        ageSeconds: (row.ageSeconds ?? 0) + 1 + random() / 100,
        ...(at % 25 === 0 && {
          cpuMillicores: random() * 1000,
          cpuOfLimit: random(),
          cpuSeconds: random() * 1000,
          cpuWaitMillicores: random() * 10,
          cpuWaitSeconds: random() * 10,
          rssBytes: Math.round(random() * 1e9),
          memoryOfLimit: random(),
          memoryOfHost: random(),
        }),
      })),
    }),
  )
  const table = settled(before, after)
  const wholeBytes = JSON.stringify(table).length
  const deltaBytes = JSON.stringify(deltaOf(before, table)).length
  expect(deltaBytes).toBeLessThan(5_000)
  expect(wholeBytes / deltaBytes).toBeGreaterThan(40)
})
