import { inPercent } from './words.ts'

/** Something that matters, as the end of a sentence that begins with whom it is about. */
export interface Finding {
  readonly tone: 'amber' | 'red'
  readonly says: string
}

export function red(says: string): Finding {
  return { tone: 'red', says }
}

export function amber(says: string): Finding {
  return { tone: 'amber', says }
}

/** A share from which on it is worth a word, and from which on it is urgent. */
export interface Grades {
  readonly amber: number
  readonly red: number
  readonly says: (percent: string) => string
}

export function graded(value: number | null, by: Grades): Finding | null {
  if (value === null || value < by.amber) return null
  const says = by.says(inPercent(value))
  return value >= by.red ? red(says) : amber(says)
}

export function ratio(part: number | null, whole: number | null): number | null {
  return part === null || whole === null || whole <= 0 ? null : part / whole
}
