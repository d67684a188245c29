/** Bytes that a process moved from and to block devices. Filled anew by each `parseDisk`. */
export interface Disk {
  readBytes: number
  writtenBytes: number
}

const readKey = Buffer.from('\nread_bytes: ')
const writeKey = Buffer.from('\nwrite_bytes: ')

/**
 * `/proc/PID/io`: a line `NAME: NUMBER` for each count, as in proc_pid_io(5). Of all its threads,
 * those that ended too.
 *
 * @returns Whether both were there: a kernel may be built to count system calls only.
 */
export function parseDisk(bytes: Buffer, length: number, into: Disk): boolean {
  const read = numberAfter(readKey, bytes, length)
  const written = numberAfter(writeKey, bytes, length)
  if (read === null || written === null) return false
  into.readBytes = read
  into.writtenBytes = written
  return true
}

function numberAfter(key: Buffer, bytes: Buffer, length: number): number | null {
  const found = bytes.indexOf(key)
  if (found < 0 || found + key.length >= length) return null
  let value = 0
  for (let at = found + key.length; at < length; at++) {
    const digit = (bytes[at] ?? 0) - 48
    if (digit < 0) break
    value = value * 10 + digit
  }
  return value
}
