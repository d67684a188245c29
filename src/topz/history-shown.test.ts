import { expect, test } from 'bun:test'
import { History } from '#topz/history/history.ts'
import { livelyTables } from '#topz/history/tables-for-tests.ts'
import type { Table } from '#topz/model/table.ts'
import { amountOf, type ColumnName, shownColumns } from '#topz/views/columns.ts'

const columns: readonly ColumnName[] = [
  ...shownColumns.map(([name]) => name),
  ...(['cpuOfLimit', 'cpuWaitMillicores', 'memoryOfLimit', 'diskReadBytesPerSecond'] as const),
]

/** What a person sees of each row. */
function shown(table: Table | null): string[] | undefined {
  return table?.processes.map((process) =>
    columns
      .map((name) => {
        const value = process[name]
        return typeof value === 'number' ? JSON.stringify(amountOf(name, value)) : String(value)
      })
      .join(' '),
  )
}

test('every figure of the past is shown with the digits that it had then', () => {
  const history = new History({ spanMs: 900_000 })
  const tables: Table[] = []
  for (const table of livelyTables({ processes: 100, busy: 0.7, seed: 7 })) {
    if (tables.length === 200) break
    history.record(table, tables.length * 1000)
    tables.push(table)
  }
  for (const table of tables) expect(shown(history.at(table.takenAtMs))).toEqual(shown(table))
})
