import type { Process } from '#topz/model/table.ts'
import { comparedFields, type FilterContext, named, namedFields } from './filter/fields.ts'
import { patternOf } from './filter/pattern.ts'
import { readFilter } from './filter/read.ts'
import type { Sign, Term } from './filter/terms.ts'

/** Whether a row fits. */
export type Test = (process: Process, context: FilterContext) => boolean

/**
 * The rows that fit what could be read of a filter: while somebody types, a half-typed term hides
 * nothing. Server and page read filters with the same words, by `readFilter`.
 *
 * @example
 * filterOf('nginx cpu>100m')(process, { labels })
 */
export function filterOf(text: string): Test {
  return fitsAll(readFilter(text).terms)
}

/** The rows for which all terms hold. What is unknown fits no comparison, so its opposite it fits. */
export function fitsAll(terms: readonly Term[]): Test {
  const tests = terms.map((term): Test => {
    const test = testOf(term)
    return term.not ? (process, context) => !test(process, context) : test
  })
  return (process, context) => tests.every((test) => test(process, context))
}

function testOf(term: Term): Test {
  switch (term.kind) {
    case 'word': {
      const wanted = term.text.toLowerCase()
      return (process, context) =>
        textsOf(process, context).some((text) => text.toLowerCase().includes(wanted))
    }
    case 'is': {
      const field = named(namedFields, term.field)
      const is = field?.is ?? ((value, wanted) => value.toLowerCase() === wanted.toLowerCase())
      return (process, context) => field !== null && is(field.read(process, context), term.value)
    }
    case 'compares': {
      const field = named(comparedFields, term.field)
      const share = term.unit === '%'
      const wanted = share ? term.number / 100 : term.number * (field?.units[term.unit] ?? 1)
      const read = share ? field?.share : field?.read
      return (process) => compares(read?.(process) ?? null, term.sign, wanted)
    }
    case 'matches': {
      const found = patternOf(term.pattern, 0)
      return (process, context) => textsOf(process, context).some(found)
    }
  }
}

/** What words and patterns look at. */
function textsOf(process: Process, { labels }: FilterContext): readonly string[] {
  const { command, name, user, pid } = process
  return [command, name, user ?? '', labels.get(process.container) ?? '', String(pid)]
}

function compares(value: number | null, sign: Sign, wanted: number): boolean {
  if (value === null) return false
  switch (sign) {
    case '<':
      return value < wanted
    case '<=':
      return value <= wanted
    case '>':
      return value > wanted
    case '>=':
      return value >= wanted
    case '=':
      return value === wanted
    case '!=':
      return value !== wanted
  }
}
