import type { JSX, RefObject } from 'preact'
import { type ColumnName, shownColumns } from '#topz/views/columns.ts'
import { orderBy } from '#topz/views/order.ts'
import type { Choice } from '../address.ts'
import { ArrangementButtons } from './arrangement-buttons.tsx'

interface ToolbarProps {
  readonly choice: Choice
  readonly box: RefObject<HTMLInputElement | null>
  readonly shown: number
  readonly onChoose: (choice: Partial<Choice>) => void
}

/** The filter, and where there are no headings to click, the order. */
export function Toolbar({ choice, box, shown, onChoose }: ToolbarProps): JSX.Element {
  return (
    <div class="toolbar">
      <input
        ref={box}
        type="search"
        aria-label="Filter"
        autocomplete="off"
        spellcheck={false}
        placeholder="Filter: nginx, c:app, user:root, cpu>100m, mem>50%"
        value={choice.filter}
        onInput={(event) => onChoose({ filter: event.currentTarget.value })}
        onKeyDown={(event) => {
          if (event.key !== 'Escape') return
          onChoose({ filter: '' })
          event.currentTarget.blur()
        }}
      />
      <span class="count" role="status">
        {`${shown} ${shown === 1 ? 'process' : 'processes'}`}
      </span>
      <ArrangementButtons
        chosen={choice.arrangement}
        onChoose={(arrangement) => onChoose({ arrangement })}
      />
      <select
        aria-label="Sort by"
        value={choice.order.column}
        onChange={(event) => onChoose({ order: orderBy(columnNamed(event.currentTarget.value)) })}
      >
        {shownColumns.map(([name, { title }]) => (
          <option key={name} value={name}>
            {title}
          </option>
        ))}
      </select>
    </div>
  )
}

function columnNamed(value: string): ColumnName {
  return shownColumns.find(([name]) => name === value)?.[0] ?? 'cpuMillicores'
}
