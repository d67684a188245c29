import { constants } from 'node:os'
import { readValue } from './option-values.ts'

const numbers: Readonly<Record<string, number>> = constants.signals

/** The number of a signal that a person names: `SIGHUP`, `HUP` or `1`; null when there is none. */
export function signalNumber(text: string): number | null {
  const number = readValue('int', text)
  if (typeof number === 'number') return signalName(number) === null ? null : number
  for (const name of [text, `SIG${text}`])
    if (Object.hasOwn(numbers, name)) return numbers[name] ?? null
  return null
}

/** `SIGHUP` of 1; null when this system has no such signal. */
export function signalName(number: number): string | null {
  return Object.entries(numbers).find(([, each]) => each === number)?.[0] ?? null
}
