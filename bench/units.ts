export type Unit = 'ms' | 'µs' | 'bytes' | 'count'

interface Scale {
  readonly divisor: number
  readonly name: string
}

const scales: Readonly<Record<Unit, readonly [Scale, ...Scale[]]>> = {
  ms: [
    { divisor: 1, name: ' ms' },
    { divisor: 1000, name: ' s' },
  ],
  µs: [{ divisor: 1, name: ' µs' }],
  bytes: [
    { divisor: 1, name: ' B' },
    { divisor: 1e3, name: ' kB' },
    { divisor: 1e6, name: ' MB' },
  ],
  count: [{ divisor: 1, name: '' }],
}

/** `93 ms`, `2.41 s`, `5.4 MB`: three digits say all that a measurement knows. */
export function figureText(value: number, unit: Unit): string {
  const { divisor, name } = scaleOf(value, unit)
  return `${digits(value / divisor)}${name}`
}

/** `93 ms (91–97)`, in the scale of the first. */
export function rangeText(
  [median, least, most]: readonly [median: number, least: number, most: number],
  unit: Unit,
): string {
  const { divisor } = scaleOf(median, unit)
  const [low, high] = [digits(least / divisor), digits(most / divisor)]
  return low === high ? figureText(median, unit) : `${figureText(median, unit)} (${low}–${high})`
}

/** The largest in which the value is at least 1. */
function scaleOf(value: number, unit: Unit): Scale {
  const [smallest, ...others] = scales[unit]
  return others.findLast(({ divisor }) => Math.abs(value) >= divisor) ?? smallest
}

/** Three of them, without zeros that say nothing: `0.93`, `12.4`, `50,000`. */
export function digits(value: number): string {
  const size = Math.abs(value)
  const decimals = size >= 100 ? 0 : size >= 10 ? 1 : 2
  return value.toLocaleString('en', { maximumFractionDigits: decimals })
}
