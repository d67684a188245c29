/** Whether a code unit of a lower-case text fits one place of a pattern. */
export type FitsUnit = (unit: number) => boolean

/** A pattern as steps: each ends, takes one code unit, or leads to others. */
export type Program = Step[]

export type Step =
  | { readonly kind: 'one'; readonly fits: FitsUnit }
  | { readonly kind: 'begin' }
  | { readonly kind: 'end' }
  /** Goes on at both. */
  | { readonly kind: 'split'; readonly to: number; readonly or: number }
  | { readonly kind: 'match' }

/** All places of a program at which a text may be after some code units. */
interface Places {
  /** Steps that take the next code unit. */
  readonly taking: readonly number[]
  readonly matched: boolean
  /** Whether it matches if the text ends here. */
  readonly matchedAtEnd: boolean
  /** What follows each code unit, as far as it was needed. */
  readonly next: Map<number, Places>
}

/** What is remembered may not grow with hostile texts: it is forgotten, and found again. */
const mostRemembered = 500

/**
 * Follows all ways through a program at once (Thompson, 1968), and remembers each set of places that it
 * met, so that most code units of most texts cost one look into a map.
 */
export class PatternRun {
  readonly #program: Program
  readonly #known = new Map<string, Places>()
  readonly #first: Places

  constructor(program: Program) {
    this.#program = program
    this.#first = this.#placesOf([0], true)
  }

  /** Whether the text has it anywhere. */
  found(text: string): boolean {
    let places = this.#first
    for (let at = 0; at < text.length; at++) {
      if (places.matched) return true
      places = this.#after(places, text.charCodeAt(at))
    }
    return places.matched || places.matchedAtEnd
  }

  #after(places: Places, unit: number): Places {
    const known = places.next.get(unit)
    if (known !== undefined) return known
    const steps = [0] // it may begin anywhere
    for (const at of places.taking) {
      const step = this.#program[at]
      if (step?.kind === 'one' && step.fits(unit)) steps.push(at + 1)
    }
    const key = steps.join()
    const next = this.#known.get(key) ?? this.#placesOf(steps, false)
    if (this.#known.size >= mostRemembered) this.#forget()
    this.#known.set(key, next)
    places.next.set(unit, next)
    return next
  }

  #forget(): void {
    for (const places of this.#known.values()) places.next.clear()
    this.#known.clear()
    this.#first.next.clear()
  }

  #placesOf(steps: readonly number[], atBegin: boolean): Places {
    const { taking, matched } = this.#reach(steps, { atBegin, atEnd: false })
    const end = this.#reach(steps, { atBegin, atEnd: true })
    return { taking, matched, matchedAtEnd: end.matched, next: new Map() }
  }

  #reach(
    steps: readonly number[],
    { atBegin, atEnd }: { readonly atBegin: boolean; readonly atEnd: boolean },
  ): { readonly taking: readonly number[]; readonly matched: boolean } {
    const seen = new Set<number>()
    const open = [...steps]
    const taking: number[] = []
    let matched = false
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      const step = this.#program[at]
      if (step === undefined || seen.has(at)) continue
      seen.add(at)
      if (step.kind === 'one') taking.push(at)
      else if (step.kind === 'match') matched = true
      else if (step.kind === 'split') open.push(step.to, step.or)
      else if (step.kind === 'begin' ? atBegin : atEnd) open.push(at + 1)
    }
    return { taking: taking.sort((a, b) => a - b), matched }
  }
}
