import type { Process, Table } from '#topz/model/table.ts'

/** Each table is written once, however many ask for it. */
const written = new WeakMap<Table, string>()

/** The table as JSON on one line; its shape is `Table`, its version `schema`. */
export function jsonText(table: Table): string {
  const before = written.get(table)
  if (before !== undefined) return before
  const text = JSON.stringify(table)
  written.set(table, text)
  return text
}

/** The same with other rows: sorted, cut or of one container. */
export function jsonOf(table: Table, processes: readonly Process[]): string {
  return processes === table.processes ? jsonText(table) : JSON.stringify({ ...table, processes })
}
