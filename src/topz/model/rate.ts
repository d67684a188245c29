import type { Reason } from './table.ts'

/** A value, or why there is none. */
export type Known = number | Reason

/** One counter at one moment, `atMs` monotonic. */
export interface Reading {
  readonly value: Known
  readonly atMs: number
}

/**
 * Growth a second between two readings of one counter. Never 0 for want of knowing: the first
 * reading gives none, and a counter that ran back (its owner was replaced) gives none.
 */
export function perSecond(before: Reading | null, now: Reading): Known {
  if (typeof now.value !== 'number') return now.value
  if (before === null || typeof before.value !== 'number') return 'first-sight'
  const seconds = (now.atMs - before.atMs) / 1000
  if (seconds <= 0) return 'first-sight'
  const grown = now.value - before.value
  return grown < 0 ? 'counter-reset' : grown / seconds
}

/** `part` of `whole`, 0 to 1 (or more: a limit can be lowered below the usage). */
export function share(part: Known, whole: Known): Known {
  if (typeof part !== 'number') return part
  if (typeof whole !== 'number') return whole
  return whole > 0 ? part / whole : 'not-offered'
}

/** Splits values and reasons: null and an entry in `unknown` for each reason. */
export function split<Key extends string>(
  fields: Readonly<Record<Key, Known>>,
): { readonly values: Record<Key, number | null>; readonly unknown: Record<string, Reason> } {
  const values = {} as Record<Key, number | null>
  const unknown: Record<string, Reason> = {}
  for (const key in fields) {
    const value = fields[key]
    values[key] = typeof value === 'number' ? value : null
    if (typeof value !== 'number') unknown[key] = value
  }
  return { values, unknown }
}
