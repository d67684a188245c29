import type { Process, Reason, Table } from '#topz/model/table.ts'
import { aligned, cut, widthOf } from './aligned.ts'
import { amountOf, type Column, type ColumnName, columns, columnsFor, reasons } from './columns.ts'
import { type Folded, folded } from './fold.ts'
import { limit, unknownMark, word } from './format.ts'
import { labelsByKey } from './order.ts'
import type { Selection } from './select.ts'
import { visible } from './visible.ts'
import { headLines, oneWord } from './wide-head.ts'

/**
 * The table for people and for `awk`: lines with `#` that say what matters and what containers use, a
 * header, a line for each process (rows that look the same as one, the pause process only when its
 * container is asked for), and why `·` is not known. No value but the command holds a space.
 */
export function wideText(table: Table, selection: Selection): string {
  const { container, most } = selection
  const width = selection.width ?? 0
  const labels = labelsByKey(table)
  const pauses = table.containers.filter(({ kind }) => kind === 'pause')
  const folds = new Set(container === null ? pauses.map(({ key }) => key) : [])
  const rows = selection.processes.filter((process) => !folds.has(process.container))
  const names = selection.columns ?? columnsFor(rows)
  const lines = linesOf(rows, { ...selection, names, labels })
  const shown = lines.slice(0, most)
  const all = shown.map(({ row, count }) =>
    names.map((name) => {
      const written = cell(row, name, labels)
      return name === 'command' && count > 1 ? `×${count} ${written}` : written
    }),
  )
  const kept = selection.columns === null ? fitting(names, { cells: all, width }) : names
  const at = kept.map((name) => names.indexOf(name))
  const cells = all.map((row) => at.map((index) => row[index] ?? ''))
  const text = [
    ...headLines(table, {
      containers:
        container === null ? table.containers.filter((c) => !folds.has(c.key)) : [container],
    }),
    ...aligned([kept.map(heading), ...cells], {
      right: kept.map((name) => columns[name].unit !== 'none'),
    }),
    ...footLines(shown, { names: kept, left: lines.length - shown.length }),
  ]
  return text.map((line) => `${width === 0 ? line : cut(line, width)}\n`).join('')
}

interface Lines {
  readonly names: readonly ColumnName[]
  readonly labels: ReadonlyMap<string, string>
  readonly each: boolean
}

/** Without their commands, rows would look the same that are not. */
function linesOf(
  rows: readonly Process[],
  { names, labels, each }: Lines,
): readonly Folded<Process>[] {
  if (each || !names.includes('command')) return rows.map((row) => ({ row, count: 1 }))
  const compared = names.filter((name) => name !== 'pid' && name !== 'ageSeconds')
  return folded(rows, {
    look: (row) => [row.container, ...compared.map((name) => cell(row, name, labels))].join('\n'),
    join: (a, b) => ({
      ...((b.ageSeconds ?? 0) > (a.ageSeconds ?? 0) ? b : a),
      pid: Math.min(a.pid, b.pid),
    }),
  })
}

function heading(name: ColumnName): string {
  return columns[name].title.toUpperCase()
}

function cell(process: Process, name: ColumnName, labels: ReadonlyMap<string, string>): string {
  if (name === 'container') return oneWord(labels.get(process.container) ?? unknownMark)
  const value = process[name]
  if (value === null) return unknownMark
  if (typeof value === 'string') return name === 'command' ? visible(value) : oneWord(value)
  const { of }: Column = columns[name]
  const most = of === undefined ? null : process[of]
  const written = word(amountOf(name, value))
  return typeof most === 'number' ? `${written}/${limit(most)}` : written
}

/** What a narrow window does without, the first of these first. */
const droppable: readonly ColumnName[] = [
  'threads',
  'memoryOfLimit',
  'cpuOfLimit',
  'openFiles',
  'user',
  'state',
  'ageSeconds',
  'cpuWaitMillicores',
  'diskWriteBytesPerSecond',
  'diskReadBytesPerSecond',
]

/** Below it a command says nothing. */
const leastCommand = 20

/** The columns that leave room for the command in lines of this width. */
function fitting(
  names: readonly ColumnName[],
  { cells, width }: { readonly cells: readonly (readonly string[])[]; readonly width: number },
): readonly ColumnName[] {
  if (width === 0) return names
  const widths = new Map(
    names.map((name, at) => {
      const widest = cells.reduce((most, row) => Math.max(most, widthOf(row[at] ?? '')), 0)
      return [name, name === 'command' ? leastCommand : Math.max(widest, heading(name).length)]
    }),
  )
  let kept = names
  const needs = (): number => kept.reduce((sum, name) => sum + (widths.get(name) ?? 0) + 1, -1)
  for (const name of droppable) {
    if (needs() <= width) break
    kept = kept.filter((other) => other !== name)
  }
  return kept
}

/** Why what is not known is not, and what was left out. */
function footLines(
  shown: readonly Folded<Process>[],
  { names, left }: { readonly names: readonly ColumnName[]; readonly left: number },
): readonly string[] {
  const why = new Map<Reason, Set<ColumnName>>()
  for (const { row } of shown) {
    for (const name of names) {
      const reason = row.unknown[name]
      if (reason !== undefined) why.set(reason, (why.get(reason) ?? new Set()).add(name))
    }
  }
  const lines = [...why].map(([reason, of]) => {
    const titles = names.filter((name) => of.has(name)).map(heading)
    return `# ${unknownMark} ${titles.join(' ')}: ${reasons[reason]}`
  })
  if (shown.some(({ count }) => count > 1)) {
    lines.push('# ×3: three that differ by PID and age only; ?each shows each')
  }
  if (left > 0) lines.push(`# ${left} more`)
  return lines.length === 0 ? [] : ['#', ...lines]
}
