import type { Process, Table } from '#topz/model/table.ts'
import { rounded } from './rounded.ts'

/** Each table is written once, however many ask for it. */
const written = new WeakMap<Table, string>()

/** The table as JSON on one line; its shape is `Table`, its version `schema`. */
export function jsonText(table: Table): string {
  const before = written.get(table)
  if (before !== undefined) return before
  const text = JSON.stringify(rounded(table))
  written.set(table, text)
  return text
}

/** The same with other rows: sorted, cut or filtered. */
export function jsonOf(table: Table, processes: readonly Process[]): string {
  if (processes === table.processes) return jsonText(table)
  return JSON.stringify(rounded({ ...table, processes }))
}
