import { type ColumnName, columnSortedBy, columns } from '#topz/views/columns.ts'
import { type Order, orderBy } from '#topz/views/order.ts'
import { type Arrangement, arrangements } from './layout.ts'

/** What a person chose, as it stands in the page's address, so that a link shows the same. */
export interface Choice {
  readonly filter: string
  readonly order: Order
  readonly arrangement: Arrangement
}

const usual: Order = orderBy('cpuMillicores')

/** Reads `#filter=nginx&sort=-mem&view=tree`; a minus sorts downwards. */
export function choiceOf(hash: string): Choice {
  const parameters = new URLSearchParams(hash.replace(/^#/, ''))
  const sort = parameters.get('sort') ?? ''
  const column = columnSortedBy(sort.replace(/^-/, ''))
  const view = parameters.get('view')
  return {
    arrangement: arrangements.find((name) => name === view) ?? 'list',
    filter: parameters.get('filter') ?? '',
    order: column === null ? usual : { column, descending: sort.startsWith('-') },
  }
}

/** The address of a choice; empty for what is usual. */
export function hashOf({ filter, order, arrangement }: Choice): string {
  const parameters = new URLSearchParams()
  if (filter.trim() !== '') parameters.set('filter', filter.trim())
  if (order.column !== usual.column || order.descending !== usual.descending) {
    parameters.set('sort', `${order.descending ? '-' : ''}${sortName(order.column)}`)
  }
  if (arrangement !== 'list') parameters.set('view', arrangement)
  const text = parameters.toString()
  return text === '' ? '' : `#${text}`
}

function sortName(column: ColumnName): string {
  const { sort } = columns[column] as { readonly sort?: string }
  return sort ?? ''
}
