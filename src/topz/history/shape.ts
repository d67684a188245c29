import type { Reason, Unknown } from '#topz/model/table.ts'
import { type FigureKind, reasonCode, reasonOf } from './figure-code.ts'
import { type FieldKinds, processStates } from './record-kinds.ts'

/** The words of a record: the same object for as long as they stay the same, however often it is told. */
export interface Words {
  /** As `Shape.words` names them. */
  readonly texts: readonly (string | null)[]
  /** Why those that are null are. */
  readonly unknown: Unknown
}

const nothingUnknown: Unknown = {}

/**
 * A figure as it is worked with: a number from 0, or below it what `missing` makes of a reason.
 * Records with many fields become rows of them.
 */
export type Figures = Float64Array

export function missing(code: number): number {
  return -1 - code
}

/** A record of a table, whatever it is about; the fields that its shape names are all that is read. */
type Fields = Readonly<Record<string, number | string | null | undefined>> & {
  readonly unknown?: Unknown
}

/** How records of one sort become words and figures, and back. Written for the machine. */
export class Shape {
  readonly words: readonly string[]
  readonly figures: readonly string[]
  /** By the place of the figure. */
  readonly kinds: readonly (FigureKind | 'state' | 'age')[]
  /** The places of ages. */
  readonly ages: readonly number[]

  constructor(kinds: FieldKinds) {
    const fields = Object.entries(kinds)
    this.words = fields.filter(([, kind]) => kind === 'word').map(([name]) => name)
    const figures = fields.flatMap(([name, kind]) => (kind === 'word' ? [] : [{ name, kind }]))
    this.figures = figures.map(({ name }) => name)
    this.kinds = figures.map(({ kind }) => kind)
    this.ages = [...this.kinds.keys()].filter((at) => this.kinds[at] === 'age')
  }

  /** The words of `record`: `before` when they are the same. */
  wordsOf(record: object, before: Words | undefined): Words {
    const read = record as Fields
    const { words } = this
    if (before !== undefined) {
      let same = true
      for (let at = 0; same && at < words.length; at++) {
        const name = words[at] ?? ''
        const text = textOf(read[name])
        same = text === before.texts[at]
        if (text === null) same &&= read.unknown?.[name] === before.unknown[name]
      }
      if (same) return before
    }
    const unknown: Record<string, Reason> = {}
    for (const name of words) {
      const reason = read.unknown?.[name]
      if (reason !== undefined) unknown[name] = reason
    }
    const known = Object.keys(unknown).length === 0
    return {
      texts: words.map((name) => textOf(read[name])),
      unknown: known ? nothingUnknown : unknown,
    }
  }

  /** What tells the record apart from others; none where there is only one. */
  keyOf(words: Words): string | null {
    return words.texts[this.words.indexOf('key')] ?? null
  }

  /** Fills `figures` with those of `record`, which stands at `place` of its table. */
  figuresOf(record: object, { place, figures }: { place: number; figures: Figures }): void {
    const read = record as Fields
    const names = this.figures
    for (let at = 0; at < names.length; at++) {
      const name = names[at] ?? ''
      const value = read[name]
      if (typeof value === 'number') figures[at] = value >= 0 ? value : missing(0)
      else if (typeof value === 'string') figures[at] = stateCodes.get(value) ?? 0
      else if (name === 'place') figures[at] = place
      else figures[at] = missing(reasonCode(read.unknown?.[name]))
    }
  }

  /** The record that these words and figures came from. `place` and `unknown` are fields of it. */
  recordOf(words: Words, figures: Figures): Record<string, unknown> {
    const unknown: Record<string, Reason> = { ...words.unknown }
    const record: Record<string, unknown> = { unknown }
    for (const [at, name] of this.words.entries()) record[name] = words.texts[at]
    for (const [at, name] of this.figures.entries()) {
      const figure = figures[at] ?? 0
      record[name] = figure < 0 ? null : figure
      if (this.kinds[at] === 'state') record[name] = processStates[figure] ?? 'unknown'
      const reason = figure < 0 ? reasonOf(missing(figure)) : undefined
      if (reason !== undefined) unknown[name] = reason
    }
    return record
  }
}

const stateCodes: ReadonlyMap<string, number> = new Map(
  processStates.map((state, code) => [state, code]),
)

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}
