import { containerKinds, momentKinds, networkKinds, processKinds } from './record-kinds.ts'
import { Shape, type Words } from './shape.ts'

/** The sets of records that a moment has, in the order in which they are written. */
export const shapes = {
  moment: new Shape(momentKinds),
  network: new Shape(networkKinds),
  containers: new Shape(containerKinds),
  processes: new Shape(processKinds),
} as const

export type SetName = keyof typeof shapes

export const setNames = Object.keys(shapes) as SetName[]

/**
 * Some moments in a row, as bytes: the first one whole, then what changed. For each set of each moment:
 *
 *     for each row that is new or changed: the step to it from the one before, which figures (a bit
 *     each), their codes
 *     0
 *     how many rows are gone, and the step to each of them
 *
 * Rows have numbers in the order in which the chapter meets them, steps may lead back. A row that was
 * not there before has no age, and 0 for all other figures.
 */
export interface Chapter {
  /** Steady milliseconds of each moment, and where its bytes begin. */
  readonly times: readonly number[]
  readonly offsets: readonly number[]
  readonly bytes: Uint8Array
  /** Of each row by its number. */
  readonly words: Readonly<Record<SetName, readonly Words[]>>
}

/** A step to a row, forwards or back, as a number from 1. */
export function stepCode(step: number): number {
  return step >= 0 ? 2 * step + 1 : -2 * step
}

export function stepOf(code: number): number {
  return code % 2 === 1 ? (code - 1) / 2 : -code / 2
}

/** Weights of the bits: more than the 32 of bit operations may be needed. */
export const bits: readonly number[] = Array.from({ length: 50 }, (_, bit) => 2 ** bit)
