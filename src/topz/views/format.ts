/** A value as a person reads it: the page sets the unit apart, text writes them together. */
export interface Amount {
  readonly digits: string
  readonly unit: string
}

/** What stands for a value that is not known. */
export const unknownMark = '·'

/** What stands for zero where rows are compared. */
export const zeroMark = '–'

/** Three significant digits, without zeros that say nothing: `302`, `9.8`, `0.04`. */
function three(value: number): string {
  const decimals = value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2
  const digits = value.toFixed(decimals)
  return digits.includes('.') ? digits.replace(/\.?0+$/, '') : digits
}

/** CPU as Kubernetes writes it: `812 m` below one core, `1.37 cores` from there. */
export function cores(millicores: number): Amount {
  if (millicores >= 999.5) return { digits: three(millicores / 1000), unit: 'cores' }
  return { digits: three(millicores), unit: 'm' }
}

const binary = ['B', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi'] as const

/** Bytes in powers of 1024: `302 Mi`. Four digits would be needed from 1000: the next unit then. */
export function bytes(count: number): Amount {
  let value = count
  let at = 0
  while (value >= 999.5 && at < binary.length - 1) {
    value /= 1024
    at++
  }
  return { digits: three(value), unit: binary[at] ?? 'B' }
}

/** Bytes a second: `1.2 Mi/s`. */
export function bytesPerSecond(rate: number): Amount {
  const { digits, unit } = bytes(rate)
  return { digits, unit: `${unit}/s` }
}

/** A limit beside what is counted, where `1048576` would be wider than all else: `1.05M`. */
export function limit(value: number): string {
  if (value < 100_000) return String(value)
  if (value < 999_500) return `${three(value / 1e3)}k`
  return value < 999_500_000 ? `${three(value / 1e6)}M` : `${three(value / 1e9)}G`
}

const spans = [
  { seconds: 86_400, unit: 'd' },
  { seconds: 3600, unit: 'h' },
  { seconds: 60, unit: 'min' },
] as const

/** The largest whole unit: `3 d`, `4 min`, `9 s`. */
export function duration(seconds: number): Amount {
  for (const span of spans) {
    if (seconds >= span.seconds) {
      return { digits: String(Math.floor(seconds / span.seconds)), unit: span.unit }
    }
  }
  return { digits: String(Math.max(0, Math.floor(seconds))), unit: 's' }
}

/** A share of 0 to 1 as `38 %`, with a decimal below one. */
export function percent(share: number): Amount {
  const value = share * 100
  const digits = value > 0 && value < 0.95 ? value.toFixed(1) : value.toFixed(0)
  return { digits: digits === '0.0' ? '<0.1' : digits, unit: '%' }
}

export function count(value: number): Amount {
  return { digits: String(value), unit: '' }
}

/** The amount in one word, for columns that programs cut at spaces: `812m`, `1.37`, `302Mi`. */
export function word({ digits, unit }: Amount): string {
  return unit === 'cores' ? digits : `${digits}${unit}`
}
