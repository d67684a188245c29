import { expect, test } from 'bun:test'
import { later, madeUpPod, madeUpProcess } from '#topz/model/made-up-pod.ts'
import type { Process, Table } from '#topz/model/table.ts'
import { orderBy } from '#topz/views/order.ts'
import { nextRows, type Row, shownRows } from './rows.ts'

const byCpu = orderBy('cpuMillicores')

function pod(takenAtMs: number, ...processes: readonly Process[]): Table {
  return later(madeUpPod, { takenAtMs, processes })
}

function pids(rows: ReadonlyMap<string, Row>, table: Table, filter = ''): readonly number[] {
  return shownRows({ rows, table, filter, order: byCpu }).map(({ process }) => process.pid)
}

test('rows that come later are new for three seconds, those of the first table are not', () => {
  const a = madeUpProcess(2, {})
  const b = madeUpProcess(3, {})
  const first = nextRows(null, pod(1000, a))
  expect(first.get(a.key)?.newUntilMs).toBe(0)
  const second = nextRows(first, pod(2000, a, b))
  expect(second.get(b.key)?.newUntilMs).toBe(5000)
  const third = nextRows(second, pod(3000, a, b))
  expect(third.get(b.key)?.newUntilMs).toBe(5000)
})

test('a row that is gone stays for ten seconds', () => {
  const a = madeUpProcess(2, {})
  let rows = nextRows(null, pod(1000, a))
  rows = nextRows(rows, pod(2000))
  expect(rows.get(a.key)?.goneAtMs).toBe(2000)
  rows = nextRows(rows, pod(11_900))
  expect(rows.get(a.key)?.goneAtMs).toBe(2000)
  rows = nextRows(rows, pod(12_000))
  expect(rows.size).toBe(0)
})

test('of many that are gone those stay that lived longest', () => {
  const short = Array.from({ length: 500 }, (_, n) => madeUpProcess(100 + n, { ageSeconds: 0 }))
  const long = madeUpProcess(2, { ageSeconds: 3600 })
  const rows = nextRows(nextRows(null, pod(1000, ...short, long)), pod(2000))
  expect(rows.size).toBe(12)
  expect(rows.has(long.key)).toBe(true)
})

test('rows sorted by CPU do not change places for one moment of work', () => {
  const at = (takenAtMs: number, a: number, b: number): Table =>
    pod(takenAtMs, madeUpProcess(2, { cpuMillicores: a }), madeUpProcess(3, { cpuMillicores: b }))
  let table = at(1000, 100, 80)
  let rows = nextRows(null, table)
  table = at(2000, 90, 105)
  rows = nextRows(rows, table)
  expect(pids(rows, table)).toEqual([2, 3])
  for (const time of [3000, 4000]) {
    table = at(time, 90, 105)
    rows = nextRows(rows, table)
  }
  expect(pids(rows, table)).toEqual([3, 2])
})

test("the pod's pause process is folded away, and filters apply to the rest", () => {
  const rows = nextRows(null, madeUpPod)
  expect(pids(rows, madeUpPod)).toEqual([41, 77, 12, 13, 55, 7, 40, 118])
  expect(pids(rows, madeUpPod, 'c:nginx')).toEqual([12, 13, 7])
})
