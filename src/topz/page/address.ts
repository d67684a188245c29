import { type ColumnName, columnSortedBy, columns } from '#topz/views/columns.ts'
import { type Order, orderBy } from '#topz/views/order.ts'
import { type Arrangement, arrangements } from './layout.ts'

/** What a person chose, as it stands in the page's address, so that a link shows the same. */
export interface Choice {
  readonly filter: string
  readonly order: Order
  readonly arrangement: Arrangement
  /** Epoch milliseconds of the moment to show; null is now. */
  readonly atMs: number | null
  /** Key of the process that is looked at; null is none. */
  readonly process: string | null
}

const usual: Order = orderBy('cpuMillicores')

/** Reads `#filter=nginx&sort=-mem&view=tree`; a minus sorts downwards. */
export function choiceOf(hash: string): Choice {
  const parameters = new URLSearchParams(hash.replace(/^#/, ''))
  const sort = parameters.get('sort') ?? ''
  const column = columnSortedBy(sort.replace(/^-/, ''))
  const view = parameters.get('view')
  return {
    process: parameters.get('process'),
    atMs: momentOf(parameters.get('at')),
    arrangement: arrangements.find((name) => name === view) ?? 'list',
    filter: parameters.get('filter') ?? '',
    order: column === null ? usual : { column, descending: sort.startsWith('-') },
  }
}

/** The address of a choice; empty for what is usual. */
export function hashOf({ filter, order, arrangement, atMs, process }: Choice): string {
  const parameters = new URLSearchParams()
  if (filter.trim() !== '') parameters.set('filter', filter.trim())
  if (order.column !== usual.column || order.descending !== usual.descending) {
    parameters.set('sort', `${order.descending ? '-' : ''}${sortName(order.column)}`)
  }
  if (arrangement !== 'list') parameters.set('view', arrangement)
  if (atMs !== null) parameters.set('at', String(atMs))
  if (process !== null) parameters.set('process', process)
  const text = parameters.toString()
  return text === '' ? '' : `#${text}`
}

function sortName(column: ColumnName): string {
  const { sort } = columns[column] as { readonly sort?: string }
  return sort ?? ''
}

function momentOf(text: string | null): number | null {
  return text !== null && /^\d{1,15}$/.test(text) ? Number(text) : null
}
