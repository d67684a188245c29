import type { ByteWriter } from './bytes.ts'
import { bits, stepCode } from './chapter.ts'
import { codeOf, firstFigureCode } from './figure-code.ts'
import { type Figures, missing, type Shape, type Words } from './shape.ts'

/** A row of the newest moment. */
interface Row {
  readonly number: number
  /** Where its figures begin in the set's. */
  readonly at: number
  /** The last moment that had it. */
  moment: number
}

/**
 * Writes one set of a chapter's moments: see `Chapter`. Written for the machine: it looks at each
 * figure of each process of each sample.
 */
export class SetWriter {
  readonly #shape: Shape
  readonly #bytes: ByteWriter
  readonly #words: Words[]
  readonly #rows = new Map<Words, Row>()
  /** The figures of all rows: as they were handed in, an age as the time of birth. */
  #figures: Figures
  /** Begins of figures that no row has any more. */
  readonly #free: number[] = []
  #moment = 0
  #steadyMs = 0
  #seen = 0
  #number = 0

  constructor(shape: Shape, { bytes, words }: { bytes: ByteWriter; words: Words[] }) {
    this.#shape = shape
    this.#bytes = bytes
    this.#words = words
    this.#figures = new Float64Array(shape.kinds.length)
  }

  begin(steadyMs: number): void {
    this.#moment++
    this.#steadyMs = steadyMs
    this.#seen = 0
    this.#number = -1
  }

  row(words: Words, figures: Figures): void {
    const known = this.#rows.get(words)
    const row = known ?? this.#newRow(words)
    row.moment = this.#moment
    this.#seen++
    const all = this.#figures
    const { kinds } = this.#shape
    let mask = 0
    for (let figure = 0; figure < kinds.length; figure++) {
      const before = all[row.at + figure] ?? 0
      const now = figures[figure] ?? 0
      if (before === now) continue
      const kind = kinds[figure] ?? 'exact'
      if (kind === 'age') {
        if (this.#looksAsOld(before, now)) continue
      } else if (looksSame(kind, before, now)) {
        all[row.at + figure] = now // the next one is likely to be equal
        continue
      }
      mask += bits[figure] ?? 0
    }
    if (mask === 0 && known !== undefined) return
    this.#step(row.number)
    this.#bytes.whole(mask)
    for (let figure = 0; mask > 0; figure++, mask = Math.floor(mask / 2)) {
      if (mask % 2 === 0) continue
      const now = figures[figure] ?? 0
      const kind = kinds[figure] ?? 'exact'
      this.#bytes.number(codeOfFigure(kind, now))
      all[row.at + figure] = kind === 'age' && now >= 0 ? this.#steadyMs - wholeMs(now) : now
    }
  }

  end(): void {
    this.#bytes.whole(0)
    const gone = this.#rows.size - this.#seen
    this.#bytes.whole(gone)
    if (gone === 0) return
    for (const [words, row] of this.#rows) {
      if (row.moment === this.#moment) continue
      this.#step(row.number)
      this.#rows.delete(words)
      this.#free.push(row.at)
    }
  }

  #step(number: number): void {
    this.#bytes.whole(stepCode(number - this.#number))
    this.#number = number
  }

  #newRow(words: Words): Row {
    const width = this.#shape.kinds.length
    const at = this.#free.pop() ?? this.#rows.size * width
    if (at + width > this.#figures.length) {
      const larger = new Float64Array(this.#figures.length * 2)
      larger.set(this.#figures)
      this.#figures = larger
    }
    for (const [figure, kind] of this.#shape.kinds.entries()) {
      this.#figures[at + figure] = kind === 'age' ? this.#steadyMs : 0
    }
    const row = { number: this.#words.length, at, moment: this.#moment }
    this.#words.push(words)
    this.#rows.set(words, row)
    return row
  }

  /** The whole seconds are what anybody sees of an age. */
  #looksAsOld(before: number, now: number): boolean {
    if (before < 0 || now < 0) return before === now
    return Math.floor((this.#steadyMs - before) / 1000) === Math.floor(now)
  }
}

function looksSame(kind: Exclude<Shape['kinds'][number], 'age'>, a: number, b: number): boolean {
  return a >= 0 && b >= 0 && codeOfFigure(kind, a) === codeOfFigure(kind, b)
}

/** An age as whole milliseconds. */
function codeOfFigure(kind: Shape['kinds'][number], figure: number): number {
  if (figure < 0) return missing(figure)
  if (kind === 'age') return firstFigureCode + wholeMs(figure)
  return codeOf(kind === 'state' ? 'exact' : kind, figure)
}

function wholeMs(seconds: number): number {
  return Math.floor(seconds * 1000)
}
