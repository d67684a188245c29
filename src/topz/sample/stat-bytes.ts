import { closeSync, openSync, readSync } from 'node:fs'

/** What was read last. Longer than any stat line up to its last field that counts. */
export const statBytes = Buffer.allocUnsafe(1024)

/** @returns How many bytes of `statBytes` it filled. @throws What read throws. */
export function readAt(descriptor: number): number {
  return readSync(descriptor, statBytes, 0, statBytes.length, 0)
}

/** As `readAt`; 0 when the process ended (`ESRCH`). */
export function readKept(descriptor: number): number {
  try {
    return readAt(descriptor)
  } catch {
    return 0
  }
}

/** As `readAt`, of a file that is not kept open. */
export function readOnce(path: string): number {
  const descriptor = openSync(path, 'r')
  try {
    return readAt(descriptor)
  } finally {
    closeSync(descriptor)
  }
}
