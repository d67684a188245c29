import { type ColumnName, columnSortedBy, columns } from '#topz/views/columns.ts'
import { type Order, orderBy } from '#topz/views/order.ts'

/** What a person chose, as it stands in the page's address, so that a link shows the same. */
export interface Choice {
  readonly filter: string
  readonly order: Order
}

const usual: Order = orderBy('cpuMillicores')

/** Reads `#filter=nginx&sort=-mem`; a minus sorts downwards. */
export function choiceOf(hash: string): Choice {
  const parameters = new URLSearchParams(hash.replace(/^#/, ''))
  const sort = parameters.get('sort') ?? ''
  const column = columnSortedBy(sort.replace(/^-/, ''))
  return {
    filter: parameters.get('filter') ?? '',
    order: column === null ? usual : { column, descending: sort.startsWith('-') },
  }
}

/** The address of a choice; empty for what is usual. */
export function hashOf({ filter, order }: Choice): string {
  const parameters = new URLSearchParams()
  if (filter.trim() !== '') parameters.set('filter', filter.trim())
  if (order.column !== usual.column || order.descending !== usual.descending) {
    parameters.set('sort', `${order.descending ? '-' : ''}${sortName(order.column)}`)
  }
  const text = parameters.toString()
  return text === '' ? '' : `#${text}`
}

function sortName(column: ColumnName): string {
  const { sort } = columns[column] as { readonly sort?: string }
  return sort ?? ''
}
