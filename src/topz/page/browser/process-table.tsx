import type { JSX } from 'preact'
import { useRef, useState } from 'preact/hooks'
import type { Container, Table } from '#topz/model/table.ts'
import { type ColumnName, shownColumns } from '#topz/views/columns.ts'
import type { Order } from '#topz/views/order.ts'
import type { Line } from '../layout.ts'
import type { Recent } from '../trails.ts'
import { GroupRow } from './group-row.tsx'
import type { Hues } from './hues.ts'
import { ProcessRow } from './process-row.tsx'
import { useSeen } from './window-rows.ts'

interface ProcessTableProps {
  readonly table: Table
  readonly lines: readonly Line[]
  readonly hues: Hues
  readonly recent: Recent
  readonly order: Order
  readonly onSort: (column: ColumnName) => void
  readonly onFold: (key: string) => void
  /** Key of the process that is looked at. */
  readonly open: string | null
  readonly onOpen: (key: string) => void
}

/** Until a row could be measured. */
const usualHeight = 28

export function ProcessTable(props: ProcessTableProps): JSX.Element {
  const { table, lines, hues, recent, order, onSort, onFold } = props
  const body = useRef<HTMLTableSectionElement>(null)
  const [height, setHeight] = useState(usualHeight)
  const { from, to } = useSeen(body, lines.length, height)
  const containers = new Map<string, Container>(table.containers.map((c) => [c.key, c]))
  const measure = (row: HTMLTableRowElement | null): void => {
    const measured = row?.getBoundingClientRect().height ?? 0
    if (measured > 0 && Math.abs(measured - height) > 0.5) setHeight(measured)
  }
  return (
    <>
      <div class="scroll">
        <table aria-rowcount={lines.length + 1}>
          <Head order={order} onSort={onSort} />
          <tbody ref={body}>
            <Space lines={from} height={height} />
            {lines
              .slice(from, to)
              .map((line, at) =>
                line.kind === 'group' ? (
                  <GroupRow
                    key={line.key}
                    label={containers.get(line.container)?.label ?? ''}
                    hue={hues.get(line.container) ?? ''}
                    sums={line.sums}
                    fold={line.fold}
                    onFold={() => onFold(line.key)}
                  />
                ) : (
                  <ProcessRow
                    key={line.key}
                    position={from + at + 2}
                    measured={at === 0 ? measure : undefined}
                    row={line.row}
                    depth={line.depth}
                    fold={line.fold}
                    sums={line.sums}
                    onFold={() => onFold(line.key)}
                    open={props.open === line.key}
                    onOpen={() => props.onOpen(line.key)}
                    container={containers.get(line.row.process.container) ?? null}
                    hue={hues.get(line.row.process.container) ?? ''}
                    trails={recent.ofProcess(line.key)}
                    nowMs={table.takenAtMs}
                  />
                ),
              )}
            <Space lines={lines.length - to} height={height} />
          </tbody>
        </table>
      </div>
      {lines.length === 0 && <p class="none">No process fits this filter.</p>}
    </>
  )
}

/** The room of lines that are not rendered since nobody sees them. */
function Space({ lines, height }: { lines: number; height: number }): JSX.Element | null {
  if (lines <= 0) return null
  return (
    <tr class="space" style={{ height: `${lines * height}px` }}>
      <td colSpan={shownColumns.length} />
    </tr>
  )
}

function Head({ order, onSort }: Pick<ProcessTableProps, 'order' | 'onSort'>): JSX.Element {
  return (
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
  )
}
