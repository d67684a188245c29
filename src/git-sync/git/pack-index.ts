import { closeSync, openSync, readSync } from 'node:fs'

// https://git-scm.com/docs/gitformat-pack, "Version 2 pack-*.idx files": eight bytes of magic and
// version, 256 counts of the names that begin with at most that byte, then all names in order.
const magic = 0xff744f63
const headBytes = 8
const countsBytes = 256 * 4

/** What one pack has. Holds the file open: to be freed. */
export interface PackIndex extends Disposable {
  has(hash: string): boolean
}

/**
 * Opens the index of a pack; one that we cannot read has nothing.
 * @throws the system's error when the file cannot be opened.
 */
export function openPackIndex(path: string): PackIndex {
  const file = openSync(path, 'r')
  const head = Buffer.alloc(headBytes + countsBytes)
  const isRead = readSync(file, head, 0, head.length, 0) === head.length
  const isKnown = isRead && head.readUInt32BE(0) === magic && head.readUInt32BE(4) === 2
  const namesUpTo = (byte: number): number =>
    byte < 0 ? 0 : head.readUInt32BE(headBytes + byte * 4)
  return {
    has(hash) {
      if (!isKnown) return false
      const name = Buffer.from(hash, 'hex')
      const first = name[0] ?? 0
      const before = namesUpTo(first - 1)
      const names = Buffer.alloc((namesUpTo(first) - before) * name.length)
      readSync(file, names, 0, names.length, head.length + before * name.length)
      return hasName(names, name)
    },
    [Symbol.dispose]: () => closeSync(file),
  }
}

function hasName(names: Buffer, name: Buffer): boolean {
  let low = 0
  let high = names.length / name.length
  while (low < high) {
    const middle = (low + high) >>> 1
    const at = middle * name.length
    const order = names.compare(name, 0, name.length, at, at + name.length)
    if (order === 0) return true
    if (order < 0) low = middle + 1
    else high = middle
  }
  return false
}
