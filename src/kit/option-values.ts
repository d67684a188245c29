import { parseDuration } from './duration.ts'

export interface ValueOf {
  readonly string: string
  readonly bool: boolean
  readonly int: number
  readonly float: number
  /** Go's syntax (`1m30s`); the value is in milliseconds. */
  readonly duration: number
  /** Given several times on the command line; in the environment separated by `separator`. */
  readonly strings: readonly string[]
}

export type OptionKind = keyof ValueOf

/** What a value of the kind is called in an error. */
export const kindWords: Readonly<Record<OptionKind, string>> = {
  string: 'text',
  bool: 'boolean (true or false)',
  int: 'whole number',
  float: 'number',
  duration: 'duration (like 10s or 1m30s)',
  strings: 'text',
}

const booleans: Readonly<Record<string, boolean>> = {
  ...Object.fromEntries(['1', 't', 'T', 'TRUE', 'true', 'True'].map((word) => [word, true])),
  ...Object.fromEntries(['0', 'f', 'F', 'FALSE', 'false', 'False'].map((word) => [word, false])),
}

/** The value of a text, or null when it is not of the kind. */
export function readValue(kind: OptionKind, text: string): ValueOf[OptionKind] | null {
  switch (kind) {
    case 'string':
      return text
    case 'strings':
      return [text]
    case 'bool':
      return Object.hasOwn(booleans, text) ? (booleans[text] ?? null) : null
    case 'int':
      return readInt(text)
    case 'float':
      return readFloat(text)
    case 'duration':
      return parseDuration(text)
  }
}

function readFloat(text: string): number | null {
  if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) return null
  return Number.isFinite(Number(text)) ? Number(text) : null
}

/** Go's base 0: decimal, `0x`, `0o` or a leading 0, `0b`, with a sign and single underscores. */
function readInt(text: string): number | null {
  const plain = text.replace(/(?<=[\da-fxo])_(?=[\da-f])/gi, '')
  const match = /^([+-]?)(0[xX][\da-fA-F]+|0[oO]?[0-7]+|0[bB][01]+|[1-9]\d*|0)$/.exec(plain)
  if (!match) return null
  const digits = (match[2] ?? '').replace(/^0(?=[0-7])/, '0o')
  const value = Number(digits) * (match[1] === '-' ? -1 : 1)
  return Number.isSafeInteger(value) ? value : null
}
