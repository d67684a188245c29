import type { Row, Who } from './subject.ts'
import { digits, figureText } from './units.ts'

/** The most that a figure may be: as it is, or as a multiple of somebody else's in the same run. */
export interface Limit {
  readonly atMost: number
  readonly of?: 'beside' | 'peer'
}

export type Medians = Readonly<Record<Who, number | null>>

/** `unknown` when nothing that was measured decides it. */
export type Verdict = 'kept' | 'missed' | 'unknown'

/** Holds a figure to its budget: one limit of it that holds is enough. */
export function verdictOn(budget: readonly Limit[], medians: Medians): Verdict {
  const results = budget.map((limit) => holds(limit, medians)).filter((held) => held !== null)
  if (results.length === 0) return 'unknown'
  return results.includes(true) ? 'kept' : 'missed'
}

function holds({ atMost, of }: Limit, medians: Medians): boolean | null {
  const { ours } = medians
  const unit = of === undefined ? 1 : medians[of]
  if (ours === null || unit === null) return null
  return rounded(ours) <= rounded(atMost * unit)
}

/** A poll that a window cuts in two is no more than one: what the table does not show is noise. */
function rounded(value: number): number {
  return Math.round(value * 100) / 100
}

/** `≤ 1/30 of the peer or 1.6 ms`. */
export function budgetText({ budget = [], beside = '', unit }: Row): string {
  const names = { beside, peer: 'the peer' }
  const limits = budget.map(({ atMost, of }) =>
    of === undefined ? figureText(atMost, unit) : `${shareText(atMost)}${names[of]}`,
  )
  return limits.length === 0 ? '' : `≤ ${limits.join(' or ')}`
}

function shareText(share: number): string {
  if (share === 1) return ''
  return share < 1 ? `1/${digits(1 / share)} of ` : `${digits(share)} times `
}
