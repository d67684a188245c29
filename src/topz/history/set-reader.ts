import type { ByteReader } from './bytes.ts'
import { stepOf } from './chapter.ts'
import { figureOf, firstFigureCode } from './figure-code.ts'
import { type Figures, missing, type Shape, type Words } from './shape.ts'

/** Reads one set of a chapter's moments: see `Chapter`. */
export class SetReader {
  readonly #shape: Shape
  readonly #words: readonly Words[]
  /** By their numbers; an age as the time of birth. */
  readonly #rows = new Map<number, Figures>()
  readonly #seen: Figures
  #wanted: { readonly key: string; readonly numbers: readonly number[] } | null = null
  #steadyMs = 0

  constructor(shape: Shape, words: readonly Words[]) {
    this.#shape = shape
    this.#words = words
    this.#seen = new Float64Array(shape.kinds.length)
  }

  /** Brings the rows to the next moment. */
  read(bytes: ByteReader, steadyMs: number): void {
    this.#steadyMs = steadyMs
    let number = -1
    for (let step = bytes.whole(); step > 0; step = bytes.whole()) {
      number += stepOf(step)
      this.#change(bytes, this.#rows.get(number) ?? this.#newRow(number))
    }
    for (let gone = bytes.whole(); gone > 0; gone--) {
      number += stepOf(bytes.whole())
      this.#rows.delete(number)
    }
  }

  /** Calls `see` for each row of the moment; the figures are good until it returns. */
  each(see: (words: Words, figures: Figures) => void): void {
    for (const number of this.#rows.keys()) this.#see(number, see)
  }

  /** Calls `see` for the row of this key, if the moment has it. */
  one(key: string, see: (words: Words, figures: Figures) => void): void {
    if (this.#wanted?.key !== key) {
      const numbers = [...this.#words.keys()].filter((number) => {
        const words = this.#words[number]
        return words !== undefined && this.#shape.keyOf(words) === key
      })
      this.#wanted = { key, numbers }
    }
    for (const number of this.#wanted.numbers) this.#see(number, see)
  }

  /** The records of the moment, in no order. */
  records(): Record<string, unknown>[] {
    const records: Record<string, unknown>[] = []
    this.each((words, figures) => records.push(this.#shape.recordOf(words, figures)))
    return records
  }

  #see(number: number, see: (words: Words, figures: Figures) => void): void {
    const words = this.#words[number]
    const kept = this.#rows.get(number)
    if (words === undefined || kept === undefined) return
    const figures = this.#seen
    figures.set(kept)
    for (const at of this.#shape.ages) {
      const born = kept[at] ?? 0
      if (born >= 0) figures[at] = (this.#steadyMs - born) / 1000
    }
    see(words, figures)
  }

  #change(bytes: ByteReader, row: Figures): void {
    const { kinds } = this.#shape
    for (let mask = bytes.whole(), at = 0; mask > 0; at++, mask = Math.floor(mask / 2)) {
      if (mask % 2 === 0) continue
      const code = bytes.number()
      const kind = kinds[at] ?? 'exact'
      if (code < firstFigureCode) row[at] = missing(code)
      else if (kind === 'age') row[at] = this.#steadyMs - (code - firstFigureCode)
      else row[at] = figureOf(kind === 'state' ? 'exact' : kind, code)
    }
  }

  #newRow(number: number): Figures {
    const row = new Float64Array(this.#shape.kinds.length)
    for (const at of this.#shape.ages) row[at] = this.#steadyMs
    this.#rows.set(number, row)
    return row
  }
}
