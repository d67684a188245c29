import { pieceAt, readFilter } from './read.ts'
import type { Term } from './terms.ts'

/** A filter that reads as these terms: `readFilter(writeFilter(terms))` gives them again. */
export function writeFilter(terms: readonly Term[]): string {
  return terms.map(writeTerm).join(' ')
}

/** One term, quoted where it must be: `c:app`, `c:"two words"`. */
export function writeTerm(term: Term): string {
  const not = term.not ? '-' : ''
  switch (term.kind) {
    case 'word':
      return not + textOf(term.text, '', not)
    case 'is':
      return `${not}${term.field}:${textOf(term.value, `${term.field}:`, not)}`
    case 'compares':
      return `${not}${term.field}${term.sign}${term.number}${term.unit}`
    case 'matches':
      return `${not}/${term.pattern}/`
  }
}

/** As it is where that reads as the same; else in quotes. */
function textOf(text: string, before: string, not: string): string {
  const plain = `${not}${before}${text}`
  const piece = pieceAt(plain, 0)
  const { terms } = piece.end === plain.length ? readFilter(plain) : { terms: [] }
  const [term] = terms
  const same =
    term !== undefined &&
    term.not === (not !== '') &&
    (before === ''
      ? term.kind === 'word' && term.text === text
      : term.kind === 'is' && term.value === text && `${term.field}:` === before)
  return same ? text : `"${text.replace(/[\\"]/g, '\\$&')}"`
}
