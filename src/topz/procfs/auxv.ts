/** What the kernel tells a program at its start about the machine. */
export interface Machine {
  /** 4096 on amd64; 4096, 16384 or 65536 on arm64. */
  readonly pageBytes: number
  /** Clock ticks of `/proc/PID/stat` in a second. */
  readonly ticksPerSecond: number
}

const pageSize = 6n
const clockTicks = 17n

/** `/proc/self/auxv`: pairs of 64-bit words, the type and its value (getauxval(3)). */
export function parseAuxv(bytes: Buffer): Machine {
  let pageBytes = 4096
  let ticksPerSecond = 100
  for (let at = 0; at + 16 <= bytes.length; at += 16) {
    const type = bytes.readBigUInt64LE(at)
    const value = Number(bytes.readBigUInt64LE(at + 8))
    if (type === pageSize && value > 0) pageBytes = value
    if (type === clockTicks && value > 0) ticksPerSecond = value
  }
  return { pageBytes, ticksPerSecond }
}
