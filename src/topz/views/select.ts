import type { Process, Table } from '#topz/model/table.ts'
import { columnSortedBy } from './columns.ts'
import { comparator, labelsByKey, orderBy } from './order.ts'
import { visible } from './visible.ts'

/** What of a table is asked for, as `?sort=mem&n=10&c=app`. */
export interface Selection {
  readonly processes: readonly Process[]
}

/** A question that has no answer, in one sentence for who asked. */
export interface Refusal {
  readonly status: 400 | 404
  readonly says: string
}

/**
 * The rows that a query asks for: `sort` by a column's name (`-` before it, as in the page's address:
 * downwards), the first `n`, those of container `c`.
 * Without any of them, all rows, PID ascending.
 */
export function select(table: Table, query: URLSearchParams): Selection | Refusal {
  const labels = labelsByKey(table)
  let processes = table.processes

  const container = query.get('c')
  if (container !== null) {
    const known = table.containers.map(({ label }) => label)
    if (!known.includes(container)) {
      const names = known.map(visible).join(', ')
      return { status: 404, says: `There is no such container; there are: ${names}` }
    }
    processes = processes.filter((process) => labels.get(process.container) === container)
  }

  const sort = query.get('sort')
  if (sort !== null) {
    const column = columnSortedBy(sort.replace(/^-/, ''))
    if (column === null) return { status: 400, says: 'sort takes cpu, mem, pid or another column' }
    const order = sort.startsWith('-') ? { column, descending: true } : orderBy(column)
    processes = processes.toSorted(comparator(order, labels))
  }

  const n = query.get('n')
  if (n !== null && !/^\d{1,9}$/.test(n)) return { status: 400, says: 'n takes a whole number' }
  return { processes: n === null ? processes : processes.slice(0, Number(n)) }
}
