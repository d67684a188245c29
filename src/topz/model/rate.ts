import type { Reason, Unknown } from './table.ts'

/** A value, or why there is none. */
export type Known = number | Reason

/** One counter at one moment, `atMs` monotonic. */
export interface Reading {
  readonly value: Known
  readonly atMs: number
}

/** Growth a second between two readings of one counter; `before` null: it is read the first time. */
export function perSecond(before: Reading | null, now: Reading): Known {
  if (before === null) return typeof now.value === 'number' ? 'first-sight' : now.value
  return growth(before.value, now.value, { seconds: (now.atMs - before.atMs) / 1000 })
}

/**
 * Growth of a counter a second. Never 0 for want of knowing: a first reading gives none, and a counter
 * that ran back (its owner was replaced) gives none.
 */
export function growth(before: Known, now: Known, { seconds }: { readonly seconds: Known }): Known {
  if (typeof now !== 'number') return now
  if (typeof seconds !== 'number') return seconds
  if (typeof before !== 'number' || seconds <= 0) return 'first-sight'
  return now < before ? 'counter-reset' : (now - before) / seconds
}

/** `part` of `whole`, 0 to 1 (or more: a limit can be lowered below the usage). */
export function share(part: Known, whole: Known): Known {
  if (typeof part !== 'number') return part
  if (typeof whole !== 'number') return whole
  return whole > 0 ? part / whole : 'not-offered'
}

/** The same in other units. */
export function times(value: Known, factor: number): Known {
  return typeof value === 'number' ? value * factor : value
}

/** Not above what is possible: two clocks that are read one after the other can say a little more. */
export function atMost(value: Known, most: number): Known {
  return typeof value === 'number' ? Math.min(most, value) : value
}

/** Sum of what is known; the first reason when nothing is. */
export function plus(sum: Known | null, value: Known): Known {
  if (sum === null) return value
  if (typeof value !== 'number') return sum
  return typeof sum === 'number' ? sum + value : value
}

/** A field of a record as it was known when it was made. */
export function knownOf<Field extends string>(
  record: Readonly<Record<Field, number | null>> & { readonly unknown: Unknown },
  field: Field,
): Known {
  return record[field] ?? record.unknown[field] ?? 'not-offered'
}

/** Most rows lack nothing: they share this. */
const nothing: Unknown = Object.freeze({})

/** Takes the fields of one record, and notes why those are null that are. On the hot path. */
export class Gaps<Field extends string> {
  #unknown: Record<string, Reason> | null = null

  take(field: Field, value: Known): number | null {
    if (typeof value === 'number') return value
    this.note(field, value)
    return null
  }

  note(field: Field, reason: Reason): void {
    this.#unknown ??= {}
    this.#unknown[field] = reason
  }

  /** `unknown` of the record whose fields were taken, which ends with this. */
  end(): Unknown {
    const unknown = this.#unknown ?? nothing
    this.#unknown = null
    return unknown
  }
}
