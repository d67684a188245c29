import type { Container, Process, Table } from '#topz/model/table.ts'

/** What makes a table of the one that was given before. Sent as JSON, so it holds nothing else. */
export interface Delta {
  readonly schema: Table['schema']
  /** `takenAtMs` of the table that it changes. */
  readonly since: number
  /** Fields of the table itself that have another value, `takenAtMs` always among them. */
  readonly table: Partial<Omit<Table, 'containers' | 'processes'>>
  readonly containers: Changes<Container>
  readonly processes: Changes<Process>
}

/** Changes of rows; `all` instead when those that stay changed places. */
export type Changes<Row> =
  | { readonly all: readonly Row[] }
  | {
      /** Keys of rows that are no more. */
      readonly gone: readonly string[]
      /** By key, the fields with another value; an age that is not among them grew by the time between. */
      readonly changed: readonly (readonly [key: string, fields: Partial<Row>])[]
      /** New rows and where each stands when all is done, in that order. */
      readonly came: readonly (readonly [at: number, row: Row])[]
    }

interface Row {
  readonly key: string
  readonly ageSeconds: number | null
}

/** The change from one table to another: `applyDelta(before, deltaOf(before, after))` is `after`. */
export function deltaOf(before: Table, after: Table): Delta {
  const { containers: _containers, processes: _processes, ...head } = after
  const elapsedMs = after.takenAtMs - before.takenAtMs
  return {
    schema: after.schema,
    since: before.takenAtMs,
    table: { ...changedFields(before, head), takenAtMs: after.takenAtMs },
    containers: changesOf(before.containers, after.containers, elapsedMs),
    processes: changesOf(before.processes, after.processes, elapsedMs),
  }
}

/**
 * The table that follows.
 *
 * @throws when the delta is that of another table: who follows has missed one, and begins anew
 */
export function applyDelta(before: Table, delta: Delta): Table {
  if (delta.since !== before.takenAtMs) {
    throw new Error(
      `Cannot apply a delta of ${delta.since} to the table of ${before.takenAtMs}: one was missed; begin with a whole table`,
    )
  }
  const elapsedMs = (delta.table.takenAtMs ?? before.takenAtMs) - before.takenAtMs
  return {
    ...before,
    ...delta.table,
    containers: changedRows(before.containers, delta.containers, elapsedMs),
    processes: changedRows(before.processes, delta.processes, elapsedMs),
  }
}

/** An age later, in whole milliseconds, so that both sides find the same number. */
export function aged(ageSeconds: number, elapsedMs: number): number {
  return Math.round(ageSeconds * 1000 + elapsedMs) / 1000
}

function grown<Any extends Row>(row: Any, elapsedMs: number): Any {
  return row.ageSeconds === null ? row : { ...row, ageSeconds: aged(row.ageSeconds, elapsedMs) }
}

function changesOf<Any extends Row>(
  before: readonly Any[],
  after: readonly Any[],
  elapsedMs: number,
): Changes<Any> {
  const earlier = new Map(before.map((row) => [row.key, row]))
  const later = new Set(after.map(({ key }) => key))
  const stayed = before.filter(({ key }) => later.has(key))
  const changed: [string, Partial<Any>][] = []
  const came: [number, Any][] = []
  let next = 0
  for (const [at, row] of after.entries()) {
    const known = earlier.get(row.key)
    if (known === undefined) {
      came.push([at, row])
      continue
    }
    if (stayed[next]?.key !== row.key) return { all: after }
    next++
    const fields = changedFields(grown(known, elapsedMs), row)
    if (Object.keys(fields).length > 0) changed.push([row.key, fields])
  }
  return { gone: before.filter(({ key }) => !later.has(key)).map(({ key }) => key), changed, came }
}

function changedRows<Any extends Row>(
  before: readonly Any[],
  changes: Changes<Any>,
  elapsedMs: number,
): readonly Any[] {
  if ('all' in changes) return changes.all
  const gone = new Set(changes.gone)
  const changed = new Map(changes.changed)
  const stayed = before
    .filter(({ key }) => !gone.has(key))
    .map((row) => ({ ...grown(row, elapsedMs), ...changed.get(row.key) }))
  const rows: Any[] = []
  let next = 0
  for (const [at, row] of changes.came) {
    while (rows.length < at && next < stayed.length) rows.push(...stayed.slice(next, ++next))
    rows.push(row)
  }
  return [...rows, ...stayed.slice(next)]
}

/** Fields of `after` whose values `before` has not. */
function changedFields<Fields extends object>(
  before: Fields,
  after: Partial<Fields>,
): Partial<Fields> {
  const fields: Partial<Fields> = {}
  for (const name in after) {
    if (!same(before[name], after[name])) fields[name] = after[name]
  }
  return fields
}

/** Whether two values are the same as JSON. */
function same(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (Array.isArray(a) !== Array.isArray(b)) return false
  const [left, right] = [Object.entries(a), new Map(Object.entries(b))]
  return (
    left.length === right.size &&
    left.every(([name, value]) => right.has(name) && same(value, right.get(name)))
  )
}
