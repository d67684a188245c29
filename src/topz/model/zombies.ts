import type { Process } from './table.ts'

/** One row of a view: a process, or as many zombies as nobody tells apart. */
export interface FoldedRow {
  /** The process, or the first of the zombies. */
  readonly process: Process
  /** 1, or how many zombies this row stands for. */
  readonly count: number
  /** Of a row of several it stays while single ones of them come and go. */
  readonly key: string
}

/**
 * The rows in their order, with zombies of one parent, program and user as one row, where the first of
 * them stands. A parent that does not wait for its children can leave thousands.
 */
export function foldZombies(processes: readonly Process[]): readonly FoldedRow[] {
  const rows: FoldedRow[] = []
  const places = new Map<string, number>()
  for (const process of processes) {
    if (process.state !== 'zombie') {
      rows.push({ process, count: 1, key: process.key })
      continue
    }
    const { container, parentPid, uid, name } = process
    const kind = `zombies ${JSON.stringify([container, parentPid, uid, name])}`
    const place = places.get(kind)
    const row = place === undefined ? undefined : rows[place]
    if (place === undefined || row === undefined) {
      places.set(kind, rows.length)
      rows.push({ process, count: 1, key: process.key })
    } else {
      rows[place] = { process: row.process, count: row.count + 1, key: kind }
    }
  }
  return rows
}
