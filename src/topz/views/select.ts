import type { Container, Process, Table } from '#topz/model/table.ts'
import { type ColumnName, columnSortedBy, sortNames } from './columns.ts'
import { readFilter } from './filter/read.ts'
import { fitsAll } from './filter.ts'
import { comparator, labelsByKey, orderBy } from './order.ts'
import { visible } from './visible.ts'

/** What of a table is asked for, as `?sort=mem&n=10&c=app&q=cpu>100m`. */
export interface Selection {
  /** Filtered and in order; all of them, however many are asked for. */
  readonly processes: readonly Process[]
  /** How many rows at most. */
  readonly most: number
  /** The container that `c` names, null without. */
  readonly container: Container | null
  /** What `cols` names, null without. */
  readonly columns: readonly ColumnName[] | null
  /** Null for the classic text of four columns; else how wide a line may be, or 0 for any width. */
  readonly width: number | null
  /** Whether rows that look the same stand each on its own. */
  readonly each: boolean
}

/** A question that has no answer, in one sentence for who asked. */
export interface Refusal {
  readonly status: 400 | 404
  readonly says: string
}

/** Ends reading a query inside this file. */
class Refused extends Error {
  readonly refusal: Refusal

  constructor(says: string, status: Refusal['status'] = 400) {
    super(says)
    this.refusal = { status, says }
  }
}

/**
 * The rows and the form that a query asks for: `sort` by a column's name (`-` before it, as in the
 * page's address: downwards), the first `n`, those of container `c`, those that fit the filter `q`;
 * `wide` text, `wide=80` for lines of so many characters, with the columns `cols`, `each` row unfolded.
 * Without any of them, all rows, PID ascending. Words it does not know are for others.
 */
export function select(table: Table, query: URLSearchParams): Selection | Refusal {
  try {
    return selected(table, query)
  } catch (error) {
    if (error instanceof Refused) return error.refusal
    throw error
  }
}

function selected(table: Table, query: URLSearchParams): Selection {
  const labels = labelsByKey(table)
  const columns = columnsOf(query.get('cols'))
  const width = query.has('wide') || columns !== null ? widthOf(query.get('wide') ?? '') : null
  const most = mostOf(query.get('n'))
  const container = containerOf(query.get('c'), table)
  const sort = query.get('sort')
  const order = sort === null ? null : orderOf(sort)
  const fits = fitting(query.get('q'))

  const processes = table.processes.filter(
    (process) =>
      (container === null || process.container === container.key) && fits(process, { labels }),
  )
  return {
    processes: order === null ? processes : processes.toSorted(comparator(order, labels)),
    most,
    container,
    columns,
    width,
    each: query.has('each'),
  }
}

function containerOf(label: string | null, { containers }: Table): Container | null {
  if (label === null) return null
  const named = containers.find((container) => container.label === label)
  if (named !== undefined) return named
  const there = containers.map((container) => visible(container.label)).join(', ')
  throw new Refused(`Cannot show c=${quoted(label)}: no such container; there are ${there}`, 404)
}

function orderOf(sort: string): ReturnType<typeof orderBy> {
  const column = columnNamed(sort.replace(/^-/, ''), `sort by ${quoted(sort)}`)
  return sort.startsWith('-') ? { column, descending: true } : orderBy(column)
}

function columnsOf(text: string | null): readonly ColumnName[] | null {
  if (text === null) return null
  const names = [...new Set(text.split(','))]
  return names.map((name) => columnNamed(name, `show cols=${quoted(text)}`))
}

function columnNamed(name: string, what: string): ColumnName {
  const column = columnSortedBy(name)
  if (column !== null) return column
  throw new Refused(`Cannot ${what}: no column ${quoted(name)}; take ${sortNames.join(', ')}`)
}

function mostOf(text: string | null): number {
  if (text === null) return Number.POSITIVE_INFINITY
  if (/^\d{1,9}$/.test(text)) return Number(text)
  throw new Refused(`Cannot show n=${quoted(text)} rows: no whole number; write n=10`)
}

/** Narrower, no line would say anything. */
const narrowest = 40

function widthOf(text: string): number {
  if (text === '') return 0
  const width = Number(text)
  if (/^\d{1,4}$/.test(text) && (width <= 1 || width >= narrowest)) return width <= 1 ? 0 : width
  throw new Refused(
    `Cannot write wide=${quoted(text)} text: no width from ${narrowest} to 9999; write wide or wide=80`,
  )
}

function fitting(text: string | null): ReturnType<typeof fitsAll> {
  const { terms, fault } = readFilter(text ?? '')
  if (fault === null) return fitsAll(terms)
  const what = quoted((text ?? '').slice(fault.at, fault.at + fault.length))
  throw new Refused(`Cannot read q at character ${fault.at + 1}, ${what}: ${fault.says}`)
}

/** Nobody reads more of what they typed. */
const mostQuoted = 60

function quoted(text: string): string {
  const cut = text.length > mostQuoted ? `${text.slice(0, mostQuoted)}…` : text
  return `"${visible(cut)}"`
}
