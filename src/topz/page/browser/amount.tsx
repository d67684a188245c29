import type { JSX } from 'preact'
import { unknownMark, type Amount as Value, zeroMark } from '#topz/views/format.ts'

/** A value with its unit set apart. */
export function Amount({ of: { digits, unit } }: { of: Value }): JSX.Element {
  return (
    <>
      {digits}
      {unit !== '' && <span class="unit">{`\u202f${unit}`}</span>}
    </>
  )
}

/** Nothing used: a grey dash. */
export function Zero(): JSX.Element {
  return <span class="faint">{zeroMark}</span>
}

/** Nothing known: a dot that tells why. */
export function Unknown({ why }: { why: string }): JSX.Element {
  return (
    <span class="faint dot" title={why}>
      <span aria-hidden="true">{unknownMark}</span>
      <span class="unseen">not known</span>
    </span>
  )
}

interface FigureProps {
  readonly value: number | null
  readonly write: (value: number) => Value
  /** What is below it is nothing. */
  readonly least: number
  /** Why it is not known, when it is not. */
  readonly why: string
}

/** A value that may be nothing, or not known. */
export function Figure({ value, write, least, why }: FigureProps): JSX.Element {
  if (value === null) return <Unknown why={why} />
  return value < least ? <Zero /> : <Amount of={write(value)} />
}
