import type { Reason } from '#topz/model/table.ts'

/**
 * How a figure is kept. All but `exact` keep what a view can show of it: a figure that is read back is
 * written with the same three digits.
 */
export type FigureKind =
  | 'exact'
  /** Three digits, or hundredths below ten, in steps of 1,000: `0.42`, `38.1`, `812`, `1.37` cores. */
  | 'millicores'
  /** The same in steps of 1,024. */
  | 'bytes'
  /** To 0.005 %: whatever digits a view rounds it to, it lies on the same side. */
  | 'share'
  /** Whole seconds, those that have passed. */
  | 'seconds'

const reasonCodes: Readonly<Record<Reason, number>> = {
  'first-sight': 1,
  'counter-reset': 2,
  'another-user': 3,
  'not-offered': 4,
  ended: 5,
  'no-limit': 6,
  'switched-off': 7,
  'not-asked': 8,
  'not-answered': 9,
  'too-many': 10,
}

const reasonsByCode = new Map(
  Object.entries(reasonCodes).map(([reason, code]) => [code, reason as Reason]),
)

/** Codes below it are reasons, 0 for none at all; a figure of 0 has this one. */
export const firstFigureCode = 16

/** The code of what is not known. */
export function reasonCode(reason: Reason | undefined): number {
  return reason === undefined ? 0 : reasonCodes[reason]
}

/** The reason behind a code below `firstFigureCode`; undefined when none was given. */
export function reasonOf(code: number): Reason | undefined {
  return reasonsByCode.get(code)
}

/** A number for `value`, the same for all values that look the same; whole but for `exact`. */
export function codeOf(kind: FigureKind, value: number): number {
  switch (kind) {
    case 'exact':
      return firstFigureCode + value
    case 'millicores':
      return firstFigureCode + digitsCode(value, 1000)
    case 'bytes':
      return firstFigureCode + digitsCode(value, 1024)
    case 'share':
      return firstFigureCode + (value === 0 ? 0 : 1 + Math.floor(value * 20_000))
    case 'seconds':
      return firstFigureCode + Math.floor(value)
  }
}

/** A value that looks like the one behind a code from `firstFigureCode`. */
export function figureOf(kind: FigureKind, code: number): number {
  const plain = code - firstFigureCode
  switch (kind) {
    case 'exact':
    case 'seconds':
      return plain
    case 'millicores':
      return digitsValue(plain, 1000)
    case 'bytes':
      return digitsValue(plain, 1024)
    case 'share':
      return plain === 0 ? 0 : (plain - 0.5) / 20_000
  }
}

/** The digits, 0 to 999, and in thousands how many places they stand to the left of hundredths. */
function digitsCode(value: number, step: number): number {
  let rest = value
  let places = 0
  while (rest >= 999.5) {
    rest /= step
    places += 3
  }
  if (rest >= 99.95) return (places + 2) * 1000 + Math.round(rest)
  if (rest >= 9.995) return (places + 1) * 1000 + Math.round(rest * 10)
  return places * 1000 + Math.round(rest * 100)
}

function digitsValue(code: number, step: number): number {
  const places = Math.floor(code / 1000)
  const digits = code - places * 1000
  const steps = Math.floor(places / 3)
  return (digits / 10 ** (2 - (places - 3 * steps))) * step ** steps
}
