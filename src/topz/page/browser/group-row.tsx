import type { JSX } from 'preact'
import type { Sums } from '#topz/model/sums.ts'
import { type ColumnName, shownColumns } from '#topz/views/columns.ts'
import { visible } from '#topz/views/visible.ts'
import { Fold } from './fold.tsx'
import { sumCell } from './sum-cell.tsx'

interface GroupRowProps {
  readonly label: string
  readonly hue: string
  readonly sums: Sums
  readonly fold: 'open' | 'closed'
  readonly onFold: () => void
}

/** A container's line above its processes. */
export function GroupRow({ label, hue, sums, fold, onFold }: GroupRowProps): JSX.Element {
  const name = visible(label)
  return (
    <tr class={`group ${hue}`}>
      {shownColumns.map(([column, { unit }]) => (
        <td key={column} class={unit === 'none' ? column : `${column} num`}>
          {column === 'container' ? (
            <span class="who">
              <Fold fold={fold} what={name} onFold={onFold} />
              <span class="chip" aria-hidden="true" />
              <b class="cut">{name}</b>
            </span>
          ) : column === 'command' ? (
            `${sums.processes} ${sums.processes === 1 ? 'process' : 'processes'}`
          ) : (
            sumCell(column satisfies ColumnName, sums)
          )}
        </td>
      ))}
    </tr>
  )
}
