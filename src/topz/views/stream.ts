import { eventBytes, type Feed } from '#kit/sse.ts'
import type { Container, PodEvent, Process, Table } from '#topz/model/table.ts'
import { aged, deltaOf } from './delta.ts'
import { rounded } from './rounded.ts'

/** One moment, and what was written of it: once for all viewers that stand at the same place. */
interface Moment {
  /** As it was taken. */
  readonly taken: Table
  /** As viewers know it. */
  readonly table: Table
  whole: Uint8Array | null
  /** From the table that a viewer has. */
  readonly deltas: Map<Table, Uint8Array>
}

/** Who is behind by more begins anew: each moment that is kept costs a table. */
const mostMoments = 4

/**
 * Tables for many viewers, each of which gets what it has not: first `table`, a whole one, then `delta`s.
 * A viewer that was too slow for some gets one from what it has to the newest, with all events of the time
 * between; one that is far behind a whole table again.
 */
export class TableStream {
  #moments: Moment[] = []

  /** A new moment for all viewers; the same again is none. */
  show(taken: Table): void {
    const newest = this.#moments.at(-1)
    if (newest?.taken === taken) return
    const table = settled(newest?.table ?? null, rounded(taken))
    this.#moments = [...this.#moments, { taken, table, whole: null, deltas: new Map() }].slice(
      -mostMoments,
    )
  }

  /** What one viewer has not; with `whole` each time a whole table, for who cannot apply deltas. */
  viewer({ whole = false }: { readonly whole?: boolean } = {}): Feed {
    let given: Table | null = null
    return {
      next: () => {
        const newest = this.#moments.at(-1)
        if (newest === undefined || newest.table === given) return null
        const bytes = whole ? wholeOf(newest) : this.#from(given, newest)
        given = newest.table
        return bytes
      },
    }
  }

  /** Forgets all: nobody looks. */
  clear(): void {
    this.#moments = []
  }

  #from(given: Table | null, newest: Moment): Uint8Array {
    const at = this.#moments.findIndex(({ table }) => table === given)
    if (given === null || at === -1) return wholeOf(newest)
    const written = newest.deltas.get(given)
    if (written !== undefined) return written
    const missed = this.#moments.slice(at + 1)
    const events: readonly PodEvent[] = missed.flatMap(({ table }) => table.events)
    const bytes = eventBytes(JSON.stringify(deltaOf(given, { ...newest.table, events })), 'delta')
    newest.deltas.set(given, bytes)
    return bytes
  }
}

function wholeOf(moment: Moment): Uint8Array {
  moment.whole ??= eventBytes(JSON.stringify(moment.table), 'table')
  return moment.whole
}

/** Two reads of a process are not exactly as far apart as their samples: less is no change of its age. */
const steadySeconds = 0.5

/** The table with ages that follow from those before, as long as they are nearly right. */
export function settled(before: Table | null, table: Table): Table {
  if (before === null) return table
  const elapsedMs = table.takenAtMs - before.takenAtMs
  return {
    ...table,
    containers: steady<Container>(before.containers, table.containers, elapsedMs),
    processes: steady<Process>(before.processes, table.processes, elapsedMs),
  }
}

function steady<Row extends { readonly key: string; readonly ageSeconds: number | null }>(
  before: readonly Row[],
  rows: readonly Row[],
  elapsedMs: number,
): readonly Row[] {
  const ages = new Map(before.map(({ key, ageSeconds }) => [key, ageSeconds]))
  return rows.map((row) => {
    const known = ages.get(row.key) ?? null
    if (known === null || row.ageSeconds === null) return row
    const expected = aged(known, elapsedMs)
    const near = Math.abs(expected - row.ageSeconds) < steadySeconds
    return near ? { ...row, ageSeconds: expected } : row
  })
}
