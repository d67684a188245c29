import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import type { Container, Table } from '#topz/model/table.ts'
import { type ColumnName, shownColumns } from '#topz/views/columns.ts'
import type { Order } from '#topz/views/order.ts'
import type { Row } from '../rows.ts'
import type { Recent } from '../trails.ts'
import type { Hues } from './hues.ts'
import { ProcessRow } from './process-row.tsx'

interface ProcessTableProps {
  readonly table: Table
  readonly rows: readonly Row[]
  readonly hues: Hues
  readonly recent: Recent
  readonly order: Order
  readonly onSort: (column: ColumnName) => void
}

/** Nobody reads more; thousands of rows would only make each second heavy. */
const mostRows = 400

export function ProcessTable(props: ProcessTableProps): JSX.Element {
  const { table, rows, hues, recent, order, onSort } = props
  const [all, setAll] = useState(false)
  const containers = new Map<string, Container>(table.containers.map((c) => [c.key, c]))
  const some = all ? rows : rows.slice(0, mostRows)
  return (
    <>
      <div class="scroll">
        <table>
          <thead>
            <tr>
              {shownColumns.map(([name, { title, unit, help }]) => {
                const sorted = order.column === name
                const direction = order.descending ? 'descending' : 'ascending'
                return (
                  <th
                    key={name}
                    scope="col"
                    class={unit === 'none' ? name : `${name} num`}
                    aria-sort={sorted ? direction : 'none'}
                  >
                    <button type="button" title={help} onClick={() => onSort(name)}>
                      {title}
                      <span class="arrow" aria-hidden="true">
                        {sorted ? (order.descending ? '↓' : '↑') : ''}
                      </span>
                    </button>
                  </th>
                )
              })}
            </tr>
          </thead>
          <tbody>
            {some.map((row) => (
              <ProcessRow
                key={row.process.key}
                row={row}
                container={containers.get(row.process.container) ?? null}
                hue={hues.get(row.process.container) ?? ''}
                trails={recent.ofProcess(row.process.key)}
                nowMs={table.takenAtMs}
              />
            ))}
          </tbody>
        </table>
      </div>
      {rows.length === 0 && <p class="none">No process fits this filter.</p>}
      {rows.length > some.length && (
        <p class="none">
          {`${rows.length - some.length} more processes `}
          <button type="button" class="link" onClick={() => setAll(true)}>
            Show all
          </button>
        </p>
      )}
    </>
  )
}
