import { type Fault, Unreadable } from './fault.ts'
import { comparedFields, named, namedFields } from './fields.ts'
import { patternOf } from './pattern.ts'
import type { Sign, Term } from './terms.ts'

/** What a filter asks, and what of it could not be read. */
export interface FilterReading {
  /** The terms before, between and after what could not be read: of use while somebody types. */
  readonly terms: readonly Term[]
  /** The first fault; null when all of it was read. */
  readonly fault: Fault | null
}

/** Longer than anybody types. */
const mostCharacters = 1000
const mostTerms = 50

/**
 * Reads a filter: terms apart by spaces, which must all hold. `word`, `"two words"`, `c:app`, `user:root`,
 * `state:D`, `pid:7`, `name:node`, `cpu>100m`, `mem>50%` (of the limit), `/regular expression/`; and the
 * opposite of any of these by `-` or `!` before it. Two minus signs begin an ordinary word, as
 * arguments do. Never throws.
 *
 * @example
 * readFilter('c:app -"cron job" cpu>100m').terms.length // 3
 */
export function readFilter(text: string): FilterReading {
  const terms: Term[] = []
  let fault: Fault | null = null
  let at = 0
  if (text.length > mostCharacters) {
    const says = `a filter has at most ${mostCharacters} characters`
    return { terms, fault: { at: mostCharacters, length: text.length - mostCharacters, says } }
  }
  while (at < text.length) {
    if (/\s/.test(text.charAt(at))) {
      at++
      continue
    }
    const piece = pieceAt(text, at)
    if (terms.length === mostTerms) {
      return { terms, fault: { at, length: 1, says: `a filter has at most ${mostTerms} terms` } }
    }
    try {
      terms.push(termOf(piece))
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error
      fault ??= error.fault
    }
    at = piece.end
  }
  return { terms, fault }
}

/** What stands between two spaces that are in no quotes and no pattern. */
export interface Piece {
  readonly at: number
  readonly end: number
  readonly not: boolean
  /** Where it begins behind its `-` or `!`. */
  readonly from: number
  /** From `from` to `end`, as it is typed. */
  readonly typed: string
  /** Set for `/…/`: what is between. */
  readonly pattern: string | null
}

/** The piece that begins here. */
export function pieceAt(text: string, at: number): Piece {
  const not = /^(?:!|-(?!-))(?=\S)/.test(text.slice(at, at + 2))
  const from = at + (not ? 1 : 0)
  const [slashes] =
    /^\/(?:\\.|\[(?:\\.|[^\]\\])+\]|[^/\\[])+\/(?=\s|$)/.exec(text.slice(from)) ?? []
  if (slashes !== undefined) {
    const end = from + slashes.length
    return { at, end, not, from, typed: slashes, pattern: slashes.slice(1, -1) }
  }
  let end = from
  let quoted = false
  for (; end < text.length; end++) {
    const character = text.charAt(end)
    if (quoted && character === '\\') end++
    else if (character === '"' && (quoted || mayQuote(text.slice(from, end)))) quoted = !quoted
    else if (!quoted && /\s/.test(character)) break
  }
  end = Math.min(end, text.length)
  return { at, end, not, from, typed: text.slice(from, end), pattern: null }
}

/** Quotes begin a word or a value; within a word they are a character like others. */
function mayQuote(before: string): boolean {
  return before === '' || /^[a-z]+:$/i.test(before)
}

function termOf(piece: Piece): Term {
  const { not, from, typed, pattern } = piece
  if (pattern !== null) {
    patternOf(pattern, from + 1)
    return { not, kind: 'matches', pattern }
  }
  const compared = comparedTerm(piece)
  if (compared !== null) return compared
  const [, name = '', value = ''] = /^([a-z]+):(.*)$/is.exec(typed) ?? []
  const field = named(namedFields, name.toLowerCase())
  if (field === null) return { not, kind: 'word', text: unquoted(typed, from) }
  const begin = from + name.length + 1
  const wanted = unquoted(value, begin)
  const why = wanted === '' ? `nothing follows; write ${name}: and ${field.help}` : null
  const refusal = why ?? field.refuses?.(wanted) ?? null
  if (refusal !== null) {
    throw new Unreadable({ at: begin, length: Math.max(1, value.length), says: refusal })
  }
  return { not, kind: 'is', field: name.toLowerCase(), value: wanted }
}

function comparedTerm({ not, from, typed }: Piece): Term | null {
  const match = /^([a-z]+)(<=|>=|!=|<|>|=)(.*)$/is.exec(typed)
  if (match === null) return null
  const [, written = '', sign = '', amount = ''] = match
  const name = written.toLowerCase()
  const field = named(comparedFields, name)
  if (field === null) {
    // arguments hold an equals sign
    if (sign === '=') return null
    const says = `there is no ${name} to compare; take ${Object.keys(comparedFields).join(', ')}`
    throw new Unreadable({ at: from, length: name.length, says })
  }
  const at = from + name.length + sign.length
  const units = Object.keys(field.units).filter((unit) => unit !== '')
  const takes = [...units, ...(field.share === undefined ? [] : ['%'])]
  const [, digits, unit = ''] = /^(\d{1,15}(?:\.\d{1,6})?)([a-z]*|%)(?:\/s)?$/i.exec(amount) ?? []
  if (digits === undefined) {
    const says = `a number must follow; write ${name}${sign}${field.example}`
    throw new Unreadable({ at, length: Math.max(1, amount.length), says })
  }
  const known = unit === '%' ? field.share !== undefined : named(field.units, unit.toLowerCase())
  if (known === null || known === false) {
    const says =
      takes.length === 0
        ? `${name} takes a number without a unit`
        : `${name} takes a number alone or with ${takes.join(', ')}`
    throw new Unreadable({ at: at + digits.length, length: unit.length, says })
  }
  const term = { not, kind: 'compares', field: name, sign: sign as Sign } as const
  return { ...term, number: Number(digits), unit: unit.toLowerCase() }
}

/** A text between quotes, where `\` stands before a quote or itself; any other text as it is. */
function unquoted(typed: string, at: number): string {
  if (!typed.startsWith('"')) return typed
  const [whole, inner = ''] = /^"((?:\\.|[^"\\])*)"$/s.exec(typed) ?? []
  if (whole === undefined) {
    const says = 'this " has no second one where the word ends; write \\" inside of a text'
    throw new Unreadable({ at, length: 1, says })
  }
  return inner.replace(/\\(.)/gs, '$1')
}
