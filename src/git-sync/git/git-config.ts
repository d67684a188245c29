/** One setting of git's: a key and its value. */
export type Setting = readonly [key: string, value: string]

/** A list of settings that cannot be read. The message is a sentence part and shows no value. */
export class GitConfigError extends Error {
  override readonly name = 'GitConfigError'
}

/**
 * Reads `KEY:VALUE,KEY:VALUE,…`; a last comma is allowed. A key is all up to the next colon, or
 * stands in double quotes. A value is all up to the next comma, or stands in double quotes. In
 * values, and between quotes, `\n \t \" \, \\` stand for a line end, a tab and themselves.
 * @throws GitConfigError naming the first character that is wrong, counted from 1.
 */
export function parseGitConfig(text: string): readonly Setting[] {
  const cursor = new Cursor(text)
  const settings: Setting[] = []
  while (!cursor.atEnd) {
    const start = cursor.position
    const key = keyAt(cursor)
    const wrong = wrongWithKey(key)
    if (wrong !== null) throw new GitConfigError(`the key at character ${start} ${wrong}`)
    settings.push([key, valueAt(cursor)])
  }
  return settings
}

function keyAt(cursor: Cursor): string {
  if (!cursor.take('"')) return cursor.upTo(':', 'a key without a value')
  const key = quotedAt(cursor)
  if (!cursor.take(':')) throw cursor.wrong('a key in quotes must be followed by a colon')
  return key
}

function valueAt(cursor: Cursor): string {
  if (!cursor.take('"')) {
    if (cursor.atEnd || cursor.take(',')) {
      throw cursor.wrong('a key without a value; "" is an empty one')
    }
    let value = ''
    while (!cursor.atEnd && !cursor.take(',')) value += characterAt(cursor)
    return value
  }
  const value = quotedAt(cursor)
  if (!cursor.atEnd && !cursor.take(',')) {
    throw cursor.wrong('a value in quotes must be followed by a comma or the end')
  }
  return value
}

/** After the first quote, up to and with the last. */
function quotedAt(cursor: Cursor): string {
  let text = ''
  while (!cursor.take('"')) {
    if (cursor.atEnd) throw cursor.wrong('a quote that is never closed')
    text += characterAt(cursor)
  }
  return text
}

const escaped: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  '"': '"',
  ',': ',',
  '\\': '\\',
}

function characterAt(cursor: Cursor): string {
  if (!cursor.take('\\')) return cursor.next()
  const character = Object.hasOwn(escaped, cursor.peek()) ? escaped[cursor.peek()] : undefined
  if (character === undefined) throw cursor.wrong('after \\ only n, t, ", a comma or \\ can stand')
  cursor.next()
  return character
}

class Cursor {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  /** Of the next character, counted from 1. */
  get position(): number {
    return this.#at + 1
  }

  get atEnd(): boolean {
    return this.#at >= this.#text.length
  }

  peek(): string {
    return this.#text.charAt(this.#at)
  }

  next(): string {
    return this.#text.charAt(this.#at++)
  }

  /** Steps over the character when it is the next one. */
  take(character: string): boolean {
    if (this.peek() !== character) return false
    this.#at++
    return true
  }

  /** All up to the character, which is stepped over. @throws GitConfigError when it is not there. */
  upTo(character: string, otherwise: string): string {
    const end = this.#text.indexOf(character, this.#at)
    if (end < 0) throw this.wrong(otherwise)
    const found = this.#text.slice(this.#at, end)
    this.#at = end + 1
    return found
  }

  wrong(what: string): GitConfigError {
    return new GitConfigError(`character ${this.position}: ${what}`)
  }
}

/** What git itself would not take: `SECTION.NAME` or `SECTION.ANYTHING.NAME` is the form. */
function wrongWithKey(key: string): string | null {
  const { section, middle, name } = partsOf(key)
  if (section === null) return 'has no section: SECTION.NAME is the form'
  if (!/^[\da-z-]+$/i.test(section)) return 'has a section of other than letters, digits and dashes'
  if (middle?.includes('\n')) return 'has a line end'
  if (/^[a-z][\da-z-]*$/i.test(name)) return null
  return 'has a last part that is no word of letters, digits and dashes'
}

/** As git reads it: what stands between the first and the last point is kept letter by letter. */
function partsOf(key: string): {
  readonly section: string | null
  readonly middle: string | null
  readonly name: string
} {
  const [first, last] = [key.indexOf('.'), key.lastIndexOf('.')]
  if (first < 0) return { section: null, middle: null, name: key }
  const middle = first === last ? null : key.slice(first + 1, last)
  return { section: key.slice(0, first), middle, name: key.slice(last + 1) }
}

/** The one spelling of a key: git tells letters apart in its middle only. */
export function canonicalKey(key: string): string {
  const { section, middle, name } = partsOf(key)
  const words = [section?.toLowerCase(), middle, name.toLowerCase()]
  return words.filter((word) => word !== null && word !== undefined).join('.')
}

/** The settings of several lists: of a key that is there twice, the later value. */
export function joinSettings(lists: readonly string[]): readonly Setting[] {
  const joined = new Map<string, Setting>()
  for (const setting of lists.flatMap(parseGitConfig)) joined.set(canonicalKey(setting[0]), setting)
  return [...joined.values()]
}

/** What stands in a log instead: the keys, without what may be a login in them. */
export function shownKeys(lists: readonly string[]): string {
  return joinSettings(lists)
    .map(([key]) => key.replace(/(\/\/)[^/]*@/, '$1'))
    .join(' ')
}

/** Parts of settings that no log may show: logins in URLs, and what headers say. */
export function secretsIn(settings: readonly Setting[]): readonly string[] {
  return settings.flatMap(([key, value]) => {
    const logins = [key, value].flatMap((text) => /:\/\/([^/@\s]+)@/.exec(text)?.[1] ?? [])
    const header = /\.extraheader$/i.test(key) ? /:\s*(\w+\s+)?(.+)$/s.exec(value)?.[2] : undefined
    return header === undefined ? logins : [...logins, header]
  })
}
