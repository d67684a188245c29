import type { Process, Table } from '#topz/model/table.ts'
import { labelsByKey } from '../order.ts'
import { comparedFields, type FilterContext, named, namedFields } from './fields.ts'
import { type Piece, pieceAt } from './read.ts'
import { writeTerm } from './write.ts'

/** What could stand where somebody types. */
export interface Completions {
  /** The part of the text that an option takes the place of. */
  readonly from: number
  readonly to: number
  /** Best first. */
  readonly options: readonly Completion[]
}

export interface Completion {
  /** As it would be typed; names of programs and containers in it are theirs, unescaped. */
  readonly text: string
  readonly help: string
}

const mostOptions = 10

/** What may follow at the caret: fields, and the values that processes of the table have. */
export function completionsOf(text: string, caret: number, table: Table): Completions {
  const piece = pieceUnder(text, Math.max(0, Math.min(caret, text.length)))
  const typed = text.slice(piece.from, Math.min(caret, piece.end)).toLowerCase()
  const span = { from: piece.from, to: piece.end }
  if (piece.pattern !== null) return { ...span, options: [] }
  const [, name = '', begun = ''] = /^([a-z]+):"?(.*)$/s.exec(typed) ?? []
  const field = named(namedFields, name)
  const options =
    field === null
      ? [...fieldsLike(typed), ...programsLike(typed, table)]
      : valuesOf(table, field.read)
          .filter(({ value }) => value.toLowerCase().startsWith(begun))
          .map(({ value, count }) => ({
            text: writeTerm({ not: false, kind: 'is', field: name, value }),
            help: processes(count),
          }))
  return { ...span, options: options.slice(0, mostOptions) }
}

function pieceUnder(text: string, caret: number): Pick<Piece, 'from' | 'end' | 'pattern'> {
  let at = 0
  while (at < text.length) {
    const piece = /\s/.test(text.charAt(at)) ? null : pieceAt(text, at)
    if (piece !== null && caret >= piece.from && caret <= piece.end) return piece
    at = piece?.end ?? at + 1
  }
  return { from: caret, end: caret, pattern: null }
}

function fieldsLike(typed: string): readonly Completion[] {
  const fields = [
    ...Object.entries(namedFields).map(([name, { help }]) => ({ text: `${name}:`, help })),
    ...Object.entries(comparedFields).map(([name, { help, example }]) => ({
      text: `${name}>${example}`,
      help,
    })),
  ]
  return fields.filter(({ text }) => text.startsWith(typed) && text !== typed)
}

function programsLike(typed: string, table: Table): readonly Completion[] {
  if (typed === '') return []
  return valuesOf(table, ({ name }) => name)
    .filter(({ value }) => value.toLowerCase().startsWith(typed.replace(/^"/, '')))
    .map(({ value, count }) => ({
      text: writeTerm({ not: false, kind: 'word', text: value }),
      help: processes(count),
    }))
}

/** Each value once, the commonest first, then as words are sorted. */
function valuesOf(
  table: Table,
  read: (process: Process, context: FilterContext) => string,
): readonly { readonly value: string; readonly count: number }[] {
  const context = { labels: labelsByKey(table) }
  const counts = new Map<string, number>()
  for (const process of table.processes) {
    const value = read(process, context)
    if (value !== '') counts.set(value, (counts.get(value) ?? 0) + 1)
  }
  return [...counts]
    .map(([value, count]) => ({ value, count }))
    .sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1))
}

function processes(count: number): string {
  return count === 1 ? '1 process' : `${count} processes`
}
