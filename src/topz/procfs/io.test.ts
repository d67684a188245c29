import { expect, test } from 'bun:test'
import { parseDisk } from './io.ts'

const calls = 'rchar: 323934931\nwchar: 323929600\nsyscr: 632687\nsyscw: 632675\n'
const disk = 'read_bytes: 4096\nwrite_bytes: 323932160\ncancelled_write_bytes: 77\n'

function parsed(text: string, stale = ''): unknown {
  const into = { readBytes: -1, writtenBytes: -1 }
  return parseDisk(Buffer.from(text + stale), text.length, into) ? into : null
}

test('bytes of block devices are told from those of system calls and from cancelled ones', () => {
  expect(parsed(calls + disk)).toEqual({ readBytes: 4096, writtenBytes: 323932160 })
})

test('a kernel that counts system calls only tells nothing of devices', () => {
  expect(parsed(calls)).toBeNull()
})

test('bytes after the given length belong to an earlier read', () => {
  expect(parsed(calls, disk)).toBeNull()
})
