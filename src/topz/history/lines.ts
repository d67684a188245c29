import type { Figures, Shape, Words } from './shape.ts'

/** The figures of one record over many moments; null where it was not there, or they were not known. */
export class Lines<Name extends string> {
  readonly #shape: Shape
  readonly #names: readonly Name[]
  readonly #places: readonly number[]
  readonly #lines: readonly (number | null)[][]
  #words: Words | null = null
  #length = 0

  constructor(shape: Shape, names: readonly Name[]) {
    this.#shape = shape
    this.#names = names
    this.#places = names.map((name) => shape.figures.indexOf(name))
    this.#lines = names.map(() => [])
  }

  /** Up to and with the last moment it was there. */
  get length(): number {
    return this.#length
  }

  /** Adds what it was at the moment of this number. */
  add(moment: number, { words, figures }: { words: Words; figures: Figures }): void {
    this.#words = words
    this.#fill(moment)
    for (const [at, line] of this.#lines.entries()) {
      const figure = figures[this.#places[at] ?? -1] ?? -1
      line.push(figure < 0 ? null : tidy(figure))
    }
    this.#length = moment + 1
  }

  /** The last words it had, by their names. */
  get words(): Record<string, string | null> {
    return Object.fromEntries(
      this.#shape.words.map((name, at) => [name, this.#words?.texts[at] ?? null]),
    )
  }

  /** Each line by its name, with a value for each of so many moments. */
  all(moments: number): Record<Name, readonly (number | null)[]> {
    this.#fill(moments)
    const entries = this.#names.map((name, at) => [name, this.#lines[at] ?? []])
    return Object.fromEntries(entries) as Record<Name, readonly (number | null)[]>
  }

  #fill(moments: number): void {
    for (const line of this.#lines) while (line.length < moments) line.push(null)
  }
}

/** Bytes are whole, and no figure has more digits than anybody reads. */
function tidy(figure: number): number {
  return figure >= 1000 ? Math.round(figure) : Number(figure.toPrecision(4))
}
