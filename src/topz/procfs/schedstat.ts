const zero = 48

/** `/proc/PID/schedstat`, of the main thread only. Filled anew by each `parseSchedstat`. */
export interface Schedstat {
  /** Nanoseconds on a CPU. */
  ranNs: number
  /** Nanoseconds ready to run and waiting for a CPU. */
  waitNs: number
  /** How often it got one. */
  turns: number
}

/** Where `number` goes on. One parser runs at a time. */
let at = 0

/** On the hot path, so no string is made. What is not there is 0. */
export function parseSchedstat(bytes: Uint8Array, length: number, into: Schedstat): void {
  at = 0
  into.ranNs = number(bytes, length)
  into.waitNs = number(bytes, length)
  into.turns = number(bytes, length)
}

function number(bytes: Uint8Array, length: number): number {
  let value = 0
  while (at < length) {
    const digit = (bytes[at++] ?? 0) - zero
    if (digit < 0) break
    value = value * 10 + digit
  }
  return value
}
