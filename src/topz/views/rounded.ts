import type { Table } from '#topz/model/table.ts'

/**
 * The table with no more digits than mean something: tenths of a millicore, thousandths of a second,
 * hundredths of a percent, whole bytes a second. What did not change then stays the same number.
 */
export function rounded(table: Table): Table {
  return {
    ...table,
    intervalMs: table.intervalMs === null ? null : decimals(table.intervalMs, 0),
    sampleMs: decimals(table.sampleMs, 3),
    containers: table.containers.map(roundedRecord),
    processes: table.processes.map(roundedRecord),
    network: table.network === null ? null : roundedRecord(table.network),
  }
}

function roundedRecord<Fields extends object>(record: Fields): Fields {
  const copy = { ...record } as unknown as Record<string, unknown>
  for (const name in copy) {
    const value = copy[name]
    if (typeof value !== 'number' || Number.isInteger(value)) continue
    copy[name] = decimals(value, decimalsOf(name))
  }
  return copy as Fields
}

/** By the unit in the field's name; what has none is a share. */
function decimalsOf(name: string): number {
  if (name.endsWith('Millicores')) return 1
  if (/(PerSecond|Bytes)$/.test(name)) return 0
  return name.endsWith('Seconds') ? 3 : 4
}

function decimals(value: number, places: number): number {
  const factor = 10 ** places
  return Math.round(value * factor) / factor
}
