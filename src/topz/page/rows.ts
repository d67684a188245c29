import type { Process, Table } from '#topz/model/table.ts'
import { filterOf } from '#topz/views/filter.ts'
import { comparator, labelsByKey, type Order } from '#topz/views/order.ts'

/** A process as the page shows it: a little longer than it lives. */
export interface Row {
  readonly process: Process
  /** Until when it is marked as new, on the clock of the tables. */
  readonly newUntilMs: number
  /** When it was first missing, or null while it lives. */
  readonly goneAtMs: number | null
  /** CPU smoothed over some tables: rows sorted by it do not dance. */
  readonly smoothMillicores: number | null
}

const newMs = 3_000
const goneMs = 10_000
/** More would hide those that live, where programs come and go all the time. */
const mostGone = 12
const weightOfNow = 0.4

/** The rows after one more table. Those of the first table are not new. */
export function nextRows(
  before: ReadonlyMap<string, Row> | null,
  table: Table,
): ReadonlyMap<string, Row> {
  const nowMs = table.takenAtMs
  const rows = new Map<string, Row>()
  for (const process of table.processes) {
    const row = before?.get(process.key)
    rows.set(process.key, {
      process,
      newUntilMs: row?.newUntilMs ?? (before === null ? 0 : nowMs + newMs),
      goneAtMs: null,
      smoothMillicores: smooth(row?.smoothMillicores ?? null, process.cpuMillicores),
    })
  }
  for (const row of goneRows(before, rows, nowMs)) rows.set(row.process.key, row)
  return rows
}

/** Those that ended a while ago at most; the end of one that lived long matters most. */
function goneRows(
  before: ReadonlyMap<string, Row> | null,
  living: ReadonlyMap<string, Row>,
  nowMs: number,
): readonly Row[] {
  const age = ({ process }: Row): number => process.ageSeconds ?? 0
  return [...(before ?? [])]
    .filter(([key]) => !living.has(key))
    .map(([, row]) => ({ ...row, goneAtMs: row.goneAtMs ?? nowMs }))
    .filter(({ goneAtMs }) => nowMs - goneAtMs < goneMs)
    .sort((a, b) => age(b) - age(a))
    .slice(0, mostGone)
}

function smooth(before: number | null, now: number | null): number | null {
  if (before === null || now === null) return now
  const value = before + weightOfNow * (now - before)
  return value < 0.05 ? 0 : value
}

export interface Shown {
  readonly rows: ReadonlyMap<string, Row>
  readonly table: Table
  readonly filter: string
  readonly order: Order
}

/** The rows to show, in order: filtered, without the pod's pause process. */
export function shownRows({ rows, table, filter, order }: Shown): readonly Row[] {
  const labels = labelsByKey(table)
  const folded = new Set(table.containers.filter(({ kind }) => kind === 'pause').map((c) => c.key))
  const fits = filterOf(filter)
  const compare = comparator(order, labels)
  const smoothed = (row: Row): Process => ({
    ...row.process,
    cpuMillicores: row.smoothMillicores === null ? null : Math.round(row.smoothMillicores),
  })
  const bySmoothedCpu = order.column === 'cpuMillicores'
  return [...rows.values()]
    .filter(({ process }) => !folded.has(process.container) && fits(process, { labels }))
    .map((row) => ({ row, key: bySmoothedCpu ? smoothed(row) : row.process }))
    .sort((a, b) => compare(a.key, b.key))
    .map(({ row }) => row)
}
