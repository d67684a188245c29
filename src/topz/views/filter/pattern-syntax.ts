import { Unreadable } from './fault.ts'
import type { FitsUnit } from './pattern-run.ts'

/** A pattern as a tree. */
export type Node =
  | { readonly kind: 'one'; readonly fits: FitsUnit }
  | { readonly kind: 'begin' | 'end' }
  | { readonly kind: 'all'; readonly parts: readonly Node[] }
  | { readonly kind: 'either'; readonly left: Node; readonly right: Node }
  | {
      readonly kind: 'repeat'
      readonly of: Node
      readonly least: number
      readonly most: number | null
    }

/** Code units from one to another, both among them. */
type Range = readonly [number, number]

const digits: readonly Range[] = [[48, 57]]
const wordUnits: readonly Range[] = [...digits, [65, 90], [95, 95], [97, 122]]
const spaces: readonly Range[] = [
  [9, 13],
  [32, 32],
  [160, 160],
]
const sets: Readonly<Record<string, readonly Range[]>> = { d: digits, w: wordUnits, s: spaces }
const controls: Readonly<Record<string, number>> = { t: 9, n: 10, r: 13, f: 12, v: 11, 0: 0 }

/**
 * Reads a regular expression; what another engine would do with references, lookaround or named groups
 * is refused by its place.
 *
 * @throws Unreadable
 */
export function parsePattern(source: string, from: number): Node {
  const reader = new Reader(source, from)
  const node = reader.either()
  if (!reader.done) reader.refuse('this ) has no (; write \\) for the character')
  return node
}

class Reader {
  readonly #source: string
  readonly #from: number
  #at = 0

  constructor(source: string, from: number) {
    this.#source = source
    this.#from = from
  }

  get done(): boolean {
    return this.#at >= this.#source.length
  }

  get #next(): string {
    return this.#source.charAt(this.#at)
  }

  refuse(says: string, at = this.#at): never {
    throw new Unreadable({ at: this.#from + at, length: 1, says })
  }

  either(): Node {
    const left = this.#all()
    if (this.#next !== '|') return left
    this.#at++
    return { kind: 'either', left, right: this.either() }
  }

  #all(): Node {
    const parts: Node[] = []
    while (!this.done && this.#next !== '|' && this.#next !== ')') parts.push(this.#repeated())
    return { kind: 'all', parts }
  }

  #repeated(): Node {
    const begin = this.#at
    let node = this.#single()
    for (let times = this.#times(); times !== null; times = this.#times()) {
      if (node.kind === 'begin' || node.kind === 'end') this.refuse('this stands once', begin)
      node = { kind: 'repeat', of: node, ...times }
    }
    return node
  }

  #times(): { readonly least: number; readonly most: number | null } | null {
    const rest = this.#source.slice(this.#at)
    const [whole = '', sign = '', least = '', comma, most = ''] =
      /^(?:([*+?])|\{(\d{1,3})(,(\d{0,3}))?\})\??/.exec(rest) ?? []
    if (whole === '') return null
    const at = this.#at
    this.#at += whole.length
    if (sign !== '') return { least: sign === '+' ? 1 : 0, most: sign === '?' ? 1 : null }
    const atMost = comma === undefined ? Number(least) : most === '' ? null : Number(most)
    if (atMost !== null && atMost < Number(least)) this.refuse('these stand in the wrong order', at)
    return { least: Number(least), most: atMost }
  }

  #single(): Node {
    const at = this.#at
    const character = this.#next
    this.#at++
    switch (character) {
      case '^':
        return { kind: 'begin' }
      case '$':
        return { kind: 'end' }
      case '.':
        return { kind: 'one', fits: () => true }
      case '[':
        return this.#set(at)
      case '(':
        return this.#group(at)
      case '*':
      case '+':
      case '?':
        return this.refuse(`there is nothing to repeat; write \\${character} for the character`, at)
      case '\\':
        return this.#escaped(at)
    }
    return oneOf([unitRange(character)], false)
  }

  #group(at: number): Node {
    if (this.#next === '?') {
      const plain = this.#source.startsWith('?:', this.#at)
      if (!plain) this.refuse('groups with ? are not known; write (…)', at)
      this.#at += 2
    }
    const inner = this.either()
    if (this.done) this.refuse('this ( has no ); write \\( for the character', at)
    this.#at++
    return inner
  }

  #escaped(at: number): Node {
    const range = this.#escape(at)
    return 'set' in range ? oneOf(range.set, range.not) : oneOf([[range.unit, range.unit]], false)
  }

  /** What follows a backslash: a set such as `\d`, or one code unit. */
  #escape(at: number): { set: readonly Range[]; not: boolean } | { unit: number } {
    const character = this.#next
    this.#at++
    if (character === '') return this.refuse('nothing follows this \\; write \\\\', at)
    const set = sets[character.toLowerCase()]
    if (set !== undefined) return { set, not: character !== character.toLowerCase() }
    const control = controls[character]
    if (control !== undefined) return { unit: control }
    if (/[a-z0-9]/i.test(character)) return this.refuse(`\\${character} is not known`, at)
    return { unit: character.charCodeAt(0) }
  }

  #set(at: number): Node {
    const not = this.#next === '^'
    if (not) this.#at++
    const ranges: Range[] = []
    const begin = this.#at
    while (this.#next !== ']' || this.#at === begin) {
      if (this.done) this.refuse('this [ has no ]; write \\[ for the character', at)
      const where = this.#at
      const low = this.#member()
      if (typeof low !== 'number') {
        ranges.push(...low)
        continue
      }
      const ranged = this.#next === '-' && !['', ']'].includes(this.#source.charAt(this.#at + 1))
      if (ranged) this.#at++
      const high = ranged ? this.#member() : low
      if (typeof high !== 'number' || high < low) return this.refuse('this is no range', where)
      ranges.push([low, high])
    }
    this.#at++
    return oneOf(ranges, not)
  }

  #member(): number | readonly Range[] {
    const at = this.#at
    const character = this.#next
    this.#at++
    if (character !== '\\') return character.charCodeAt(0)
    const escaped = this.#escape(at)
    if ('unit' in escaped) return escaped.unit
    return escaped.not ? complement(escaped.set) : escaped.set
  }
}

function unitRange(character: string): Range {
  const unit = character.charCodeAt(0)
  return [unit, unit]
}

const lastUnit = 0xffff

/** The ranges are in order and apart. */
function complement(ranges: readonly Range[]): readonly Range[] {
  const between: Range[] = []
  let from = 0
  for (const [low, high] of ranges) {
    if (low > from) between.push([from, low - 1])
    from = high + 1
  }
  return [...between, [from, lastUnit]]
}

/** The text is in lower case; a set may name either. */
function oneOf(ranges: readonly Range[], not: boolean): Node {
  const has = (unit: number): boolean => ranges.some(([low, high]) => unit >= low && unit <= high)
  const fits = (unit: number): boolean => {
    if (has(unit)) return !not
    const upper = String.fromCharCode(unit).toUpperCase()
    const lower = String.fromCharCode(unit).toLowerCase()
    const either = [upper, lower].some((other) => other.length === 1 && has(other.charCodeAt(0)))
    return either !== not
  }
  return { kind: 'one', fits }
}
