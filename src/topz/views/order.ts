import type { Process, Table } from '#topz/model/table.ts'
import { type ColumnName, columns } from './columns.ts'

export interface Order {
  readonly column: ColumnName
  readonly descending: boolean
}

/** Large amounts are what one looks for; names and PIDs are read from the start. */
export function orderBy(column: ColumnName): Order {
  const { unit } = columns[column]
  return { column, descending: unit !== 'none' && column !== 'pid' }
}

/** The name that stands for a container in rows, filters and metrics. */
export function labelsByKey(table: Table): ReadonlyMap<string, string> {
  return new Map(table.containers.map(({ key, label }) => [key, label]))
}

/** Unknown values come last in both directions, equal ones by PID. */
export function comparator(
  { column, descending }: Order,
  labels: ReadonlyMap<string, string>,
): (a: Process, b: Process) => number {
  const sign = descending ? -1 : 1
  const read = (process: Process): string | number | null =>
    column === 'container' ? (labels.get(process.container) ?? '') : process[column]
  return (a, b) => {
    const left = read(a)
    const right = read(b)
    if (left === right) return a.pid - b.pid
    if (left === null) return 1
    if (right === null) return -1
    if (typeof left === 'number' && typeof right === 'number') return sign * (left - right)
    return sign * (String(left) < String(right) ? -1 : 1)
  }
}
