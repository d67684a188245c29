import { eventBytes, type Feed } from '#kit/sse.ts'
import type { Container, PodEvent, Process, Table } from '#topz/model/table.ts'
import { aged, deltaOf } from './delta.ts'
import { rounded } from './rounded.ts'

/** One moment, and what was written of it: once for all viewers that stand at the same place. */
interface Moment {
  /** As viewers know it; null when no viewer stands here any more. */
  table: Table | null
  readonly events: readonly PodEvent[]
  /** How many viewers stand here. One that has left is among them, until the moment goes. */
  viewers: number
  whole: Uint8Array | null
  /** From the moment that a viewer has. */
  readonly deltas: Map<Moment, Uint8Array>
}

/** Who is behind by more begins anew: each moment at which a viewer stands costs a table. */
const mostMoments = 4

/**
 * Tables for many viewers, each of which gets what it has not: first `table`, a whole one, then `delta`s.
 * A viewer that was too slow for some gets one from what it has to the newest, with all events of the time
 * between; one that is far behind a whole table again.
 */
export class TableStream {
  #moments: Moment[] = []
  /** The newest as it was taken. */
  #taken: Table | null = null

  /** A new moment for all viewers; the same again is none. */
  show(taken: Table): void {
    if (this.#taken === taken) return
    this.#taken = taken
    const newest = this.#moments.at(-1)
    const table = settled(newest?.table ?? null, rounded(taken))
    const moment: Moment = {
      table,
      events: table.events,
      viewers: 0,
      whole: null,
      deltas: new Map(),
    }
    if (newest !== undefined) forgetIfLeft(newest)
    this.#moments.push(moment)
    if (this.#moments.length > mostMoments) forget(this.#moments.shift())
  }

  /** What one viewer has not; with `whole` each time a whole table, for who cannot apply deltas. */
  viewer({ whole = false }: { readonly whole?: boolean } = {}): Feed {
    let given: Moment | null = null
    return {
      next: () => {
        const newest = this.#moments.at(-1)
        if (newest === undefined || newest === given) return null
        const bytes = whole ? wholeOf(newest) : this.#from(given, newest)
        newest.viewers++
        if (given !== null) {
          given.viewers--
          forgetIfLeft(given)
        }
        given = newest
        return bytes
      },
    }
  }

  /** Forgets all: nobody looks. */
  clear(): void {
    this.#moments = []
    this.#taken = null
  }

  #from(given: Moment | null, newest: Moment): Uint8Array {
    const written = given === null ? undefined : newest.deltas.get(given)
    if (written !== undefined) return written
    const at = given === null ? -1 : this.#moments.indexOf(given)
    if (given?.table == null || newest.table === null || at === -1) return wholeOf(newest)
    const events = this.#moments.slice(at + 1).flatMap((moment) => moment.events)
    const bytes = eventBytes(
      JSON.stringify(deltaOf(given.table, { ...newest.table, events })),
      'delta',
    )
    newest.deltas.set(given, bytes)
    return bytes
  }
}

/** Who stands nowhere else has all that was written from here. */
function forgetIfLeft(moment: Moment): void {
  if (moment.viewers === 0) forget(moment)
}

function forget(moment: Moment | undefined): void {
  if (moment === undefined) return
  moment.table = null
  moment.whole = null
  moment.deltas.clear()
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
