import type { JSX } from 'preact'
import type { Sums } from '#topz/model/sums.ts'
import { amountOf, type ColumnName, reasonFor } from '#topz/views/columns.ts'
import { Amount, Unknown, Zero } from './amount.tsx'

/** What several processes come to in one column; nothing where that would mean nothing. */
export function sumCell(name: ColumnName, sums: Sums): JSX.Element | null {
  if (!(name in sums)) return null
  const value = sums[name as keyof Sums]
  if (value === null) return <Unknown why={reasonFor(sums.unknown, name)} />
  if (typeof value !== 'number') return null
  const amount = amountOf(name, value)
  return amount.digits === '0' ? <Zero /> : <Amount of={amount} />
}
