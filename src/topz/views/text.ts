import type { Process, Table } from '#topz/model/table.ts'
import { amountOf, type ColumnName, shownColumns } from './columns.ts'
import { word } from './format.ts'
import { labelsByKey } from './order.ts'
import { visible } from './visible.ts'

/** What both texts write for a value that is not known: one word, and no number. */
const unknown = '-'

/**
 * The four columns that programs know: PID, CPU % of one core, MEM % of the host's memory, COMMAND.
 * No header, one process a line, columns padded to the left by one space.
 */
export function classicText(processes: readonly Process[]): string {
  return aligned(
    processes.map((process) => [
      String(process.pid),
      process.cpuMillicores === null ? unknown : (process.cpuMillicores / 10).toFixed(2),
      process.memoryOfHost === null ? unknown : (process.memoryOfHost * 100).toFixed(2),
      visible(process.command),
    ]),
  )
}

/** All columns of the page with a header, for people and for `awk`: no value holds a space. */
export function wideText(table: Table, processes: readonly Process[]): string {
  const labels = labelsByKey(table)
  const header = shownColumns.map(([, column]) => column.title.toUpperCase())
  const rows = processes.map((process) => shownColumns.map(([name]) => cell(process, name, labels)))
  return aligned(
    [header, ...rows],
    shownColumns.map(([, { unit }]) => unit !== 'none'),
  )
}

function cell(process: Process, name: ColumnName, labels: ReadonlyMap<string, string>): string {
  if (name === 'container') return oneWord(labels.get(process.container) ?? unknown)
  const value = process[name]
  if (value === null) return unknown
  if (typeof value === 'number') return word(amountOf(name, value))
  return name === lastColumn ? visible(value) : oneWord(value)
}

/** The last column may hold spaces: nothing comes after it. */
const lastColumn: ColumnName = shownColumns.at(-1)?.[0] ?? 'command'

function oneWord(text: string): string {
  return visible(text).replaceAll(' ', '␠')
}

/** Every column but the last is as wide as its widest cell, and one space stands between them. */
function aligned(rows: readonly (readonly string[])[], right: readonly boolean[] = []): string {
  const widths: number[] = []
  for (const row of rows) {
    for (const [at, text] of row.entries()) {
      widths[at] = at === row.length - 1 ? 0 : Math.max(widths[at] ?? 0, text.length)
    }
  }
  const pad = (text: string, at: number): string =>
    right[at] ? text.padStart(widths[at] ?? 0) : text.padEnd(widths[at] ?? 0)
  return rows.map((row) => `${row.map(pad).join(' ')}\n`).join('')
}
