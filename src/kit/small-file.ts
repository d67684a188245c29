import { closeSync, openSync, readFileSync, readSync } from 'node:fs'

/** Kept: `readFileSync` takes 256 KiB for each file, and lets the collector have them. */
const buffer = Buffer.allocUnsafeSlow(4096)

/**
 * Reads a small file that is looked at again and again: handing it to another thread and back would
 * cost more than the read. A large one is read as well, at its usual price.
 * @throws as `readFileSync` does.
 */
export function readSmallFile(path: string, encoding: 'utf8' | 'latin1' = 'utf8'): string {
  const descriptor = openSync(path, 'r')
  try {
    const bytes = readSync(descriptor, buffer, 0, buffer.length, 0)
    if (bytes < buffer.length) return buffer.toString(encoding, 0, bytes)
  } finally {
    closeSync(descriptor)
  }
  return readFileSync(path, encoding)
}
