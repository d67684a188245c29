/** Go's duration syntax (`1h30m`, `100ms`, `-1.5s`, `0`): https://pkg.go.dev/time#ParseDuration */
const unitMs: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
}

/** About 292 years: Go counts nanoseconds in 63 bits. */
const longestMs = 2 ** 63 / 1e6

/** Milliseconds, or null when `text` is no Go duration. */
export function parseDuration(text: string): number | null {
  const match = /^([+-]?)(.+)$/.exec(text)
  if (!match) return null
  const [, sign, rest = ''] = match
  if (rest === '0') return 0
  const part = /(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)/y
  let totalMs = 0
  while (part.lastIndex < rest.length) {
    const at = part.lastIndex
    const found = part.exec(rest)
    if (!found || found.index !== at) return null
    totalMs += Number(found[1]) * (unitMs[found[2] ?? ''] ?? Number.NaN)
  }
  if (totalMs >= longestMs) return null
  return sign === '-' ? -totalMs : totalMs
}

/** As Go prints it: `10s`, `1m30s`, `100ms`, `0s`. */
export function formatDuration(ms: number): string {
  if (ms === 0) return '0s'
  const sign = ms < 0 ? '-' : ''
  let rest = Math.abs(ms)
  if (rest < 1) return `${sign}${trim(rest * 1000)}µs`
  if (rest < 1000) return `${sign}${trim(rest)}ms`
  const hours = Math.floor(rest / 3_600_000)
  rest -= hours * 3_600_000
  const minutes = Math.floor(rest / 60_000)
  rest -= minutes * 60_000
  const seconds = `${trim(rest / 1000)}s`
  if (hours > 0) return `${sign}${hours}h${minutes}m${seconds}`
  return minutes > 0 ? `${sign}${minutes}m${seconds}` : `${sign}${seconds}`
}

function trim(value: number): string {
  return String(Number(value.toFixed(6)))
}
