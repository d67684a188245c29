const space = 32
const zero = 48

/**
 * `/proc/PID/schedstat`: nanoseconds on a CPU, nanoseconds ready to run and waiting for one, number
 * of turns; of the main thread only. On the hot path, so no string is made.
 *
 * @returns The second, in seconds.
 */
export function parseWaitSeconds(bytes: Uint8Array, length: number): number {
  let at = 0
  while (at < length && bytes[at] !== space) at++
  let ns = 0
  for (at++; at < length; at++) {
    const digit = (bytes[at] ?? 0) - zero
    if (digit < 0) break
    ns = ns * 10 + digit
  }
  return ns / 1e9
}
