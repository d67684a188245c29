import { closeSync, constants, openSync, readSync } from 'node:fs'

/** Files below another container's root are its to choose: a pipe there must not hold us up. */
export const readWithoutWaiting = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY

const chunk = Buffer.allocUnsafe(64 * 1024)

/**
 * Reads one file of the kernel from its beginning, at most `maxBytes` of it. Such files say they
 * are of size 0 and come in pieces, so a plain read by size would give nothing.
 *
 * @returns Bytes that stay the caller's.
 * @throws What open and read throw, with its `code`.
 */
export function readBytes(path: string, maxBytes: number): Buffer {
  const pieces: Buffer[] = []
  readPieces(path, maxBytes, (bytes, length) => pieces.push(Buffer.from(bytes.subarray(0, length))))
  return pieces.length === 1 && pieces[0] !== undefined ? pieces[0] : Buffer.concat(pieces)
}

/**
 * As `readBytes`, for files too long to be kept: `take` gets one piece after the other, and its
 * bytes are gone when it returns.
 */
export function readPieces(
  path: string,
  maxBytes: number,
  take: (bytes: Buffer, length: number) => void,
): void {
  const descriptor = openSync(path, readWithoutWaiting)
  try {
    let total = 0
    while (total < maxBytes) {
      const length = readSync(descriptor, chunk, 0, Math.min(chunk.length, maxBytes - total), total)
      if (length === 0) break
      take(chunk, length)
      total += length
    }
  } finally {
    closeSync(descriptor)
  }
}

/** As `readBytes`, as text: paths and names in it may hold any UTF-8. */
export function readText(path: string, maxBytes: number): string {
  return readBytes(path, maxBytes).toString('utf8')
}
