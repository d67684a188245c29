import { expect, test } from 'bun:test'
import { seeded } from '#test/fixtures/seeded.ts'
import type { HttpReply } from './http-reply.ts'
import { chunkedAnswer, lengthAnswer } from './raw-host-for-tests.ts'
import { ReplyReader } from './reply-reader.ts'

/** What is read of these pieces: an answer, the name of an error, or null when more is awaited. */
function read(pieces: readonly Uint8Array[]): HttpReply | string | null {
  const reader = new ReplyReader()
  try {
    for (const piece of pieces) {
      const reply = reader.push(Buffer.from(piece))
      if (reply !== null) return reply
    }
    return null
  } catch (error) {
    return error instanceof Error ? error.name : 'no error'
  }
}

function readText(text: string): HttpReply | string | null {
  return read([Buffer.from(text, 'latin1')])
}

function bodyOf(reply: HttpReply | string | null): string {
  if (reply === null || typeof reply === 'string') return `no answer: ${reply}`
  return Buffer.from(reply.body).toString()
}

test('a body that has a length, or comes in chunks, is read', () => {
  const body = Buffer.from('0123456789abcdefXYZ')
  expect(bodyOf(read([lengthAnswer(body)]))).toBe(body.toString())
  expect(bodyOf(read([chunkedAnswer(body, { sizes: [1, 17] })]))).toBe(body.toString())
  expect(bodyOf(read([lengthAnswer(new Uint8Array())]))).toBe('')
  expect(bodyOf(read([chunkedAnswer(new Uint8Array())]))).toBe('')
})

test('of the head are read the type and where the host sends on to', () => {
  const fields = 'CONTENT-TYPE: \t a/b; c \r\nX-Other: :\r\nlocation:/x\r\nConnection: Keep-Alive'
  expect(readText(`HTTP/1.1 200 \r\n${fields}\r\ncontent-length: 2\r\n\r\nok`)).toEqual({
    status: 200,
    contentType: 'a/b; c',
    location: '/x',
    body: Buffer.from('ok'),
  })
})

test('of any other status the body is not waited for, and the connection ends', () => {
  const reader = new ReplyReader()
  const text = 'HTTP/1.1 302 Found\r\nLocation: /there\r\nContent-Length: 1000\r\n\r\n'
  expect(reader.push(Buffer.from(text))).toMatchObject({ status: 302, location: '/there' })
  expect(reader.staysOpen).toBe(false)
  const gone = 'HTTP/1.1 404\r\nContent-Encoding: gzip\r\nTransfer-Encoding: x\r\n\r\nhalf'
  expect(readText(gone)).toMatchObject({ status: 404, body: new Uint8Array() })
})

test('a host that says so ends the connection', () => {
  const reader = new ReplyReader()
  expect(reader.push(lengthAnswer(Buffer.from('x'), ['Connection: close']))).not.toBeNull()
  expect(reader.staysOpen).toBe(false)
})

test('after an answer with more behind it the connection ends', () => {
  for (const answer of [lengthAnswer(Buffer.from('x')), chunkedAnswer(Buffer.from('x'))]) {
    const reader = new ReplyReader()
    expect(bodyOf(reader.push(Buffer.concat([answer, Buffer.from('H')])))).toBe('x')
    expect(reader.staysOpen).toBe(false)
  }
})

test('what is no plain answer is left to somebody else', () => {
  for (const text of [
    'HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx',
    'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx',
    'HTTP/1.1 200 OK\n\n',
    'HTTP/1.1 200 OK\r\nContent-Length: 1\n\nx',
    'HTTP/1.1 200 OK\r\nContent-Length: 1\nX: y\r\n\r\nx',
    'HTTP/1.1 2000 OK\r\nContent-Length: 1\r\n\r\nx',
    'HTTP/1.1 200 OK\r\n\r\nuntil the end',
    'HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 1\r\n\r\nx',
    'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx',
    'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n',
    'HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n',
    'HTTP/1.1 200 OK\r\nContent-Length: 1, 1\r\n\r\nx',
    'HTTP/1.1 200 OK\r\nContent-Length : 1\r\n\r\nx',
    'HTTP/1.1 200 OK\r\nContent-Length: 1\r\n X: folded\r\n\r\nx',
    'HTTP/1.1 200 OK\r\nno field\r\nContent-Length: 1\r\n\r\nx',
    'HTTP/1.1 200 OK\r\nX: \0\r\nContent-Length: 1\r\n\r\nx',
    'good day',
    '\x16\x03\x01\x02\x00',
  ]) {
    expect({ text, read: readText(text) }).toEqual({ text, read: 'Unusual' })
  }
  const chunks = [
    ...[
      'x\r\n',
      '-1\r\n',
      '1;a=b\r\nx\r\n',
      '000000001\r\nx\r\n',
      '1\nx\r\n',
      '1\r\nxy\r\n',
      '1\r\nx0\r\n\r\n',
    ],
    ...['\r\n', ' 1\r\n', '0x1\r\n', '0\r\nX: trailer\r\n\r\n', '1234567890123'],
  ]
  for (const text of chunks) {
    const all = `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${text}`
    expect({ text, read: readText(all) }).toEqual({ text, read: 'Unusual' })
  }
})

test('a head without an end and a body without an end are not taken in', () => {
  const filling = Buffer.from(`X: ${'y'.repeat(997)}\r\n`)
  const start = Buffer.from('HTTP/1.1 200 OK\r\n')
  expect(read([start, ...Array(31).fill(filling)])).toBeNull()
  expect(read([start, ...Array(33).fill(filling)])).toBe('Unusual')
  const mebibyte = Buffer.alloc(1 << 20)
  const long = Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 999999999\r\n\r\n')
  expect(read([long, mebibyte, mebibyte, mebibyte, mebibyte])).toBeNull()
  expect(read([long, mebibyte, mebibyte, mebibyte, mebibyte, Buffer.alloc(1)])).toBe('Error')
  const chunk = Buffer.concat([Buffer.from('100000\r\n'), mebibyte, Buffer.from('\r\n')])
  const chunked = Buffer.from('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n')
  expect(read([chunked, ...Array(4).fill(chunk)])).toBeNull()
  expect(read([chunked, ...Array(5).fill(chunk)])).toBe('Error')
})

const random = seeded(7)

function below(limit: number): number {
  return Math.floor(random() * limit)
}

function bytesOf(length: number): Buffer {
  return Buffer.from(Array.from({ length }, () => below(256)))
}

/** One of any answers that plain servers give. */
function someAnswer(body: Buffer): Buffer {
  const fields = ['Server: x', 'Content-Type: a/b', 'Date: \t now', 'Vary: '].slice(below(4))
  if (random() < 0.5) return lengthAnswer(body, fields)
  return chunkedAnswer(body, { sizes: Array.from({ length: 9 }, () => 1 + below(40)), fields })
}

function cut(bytes: Buffer, most: number): readonly Buffer[] {
  const pieces: Buffer[] = []
  for (let at = 0; at < bytes.length; ) {
    const length = 1 + below(most)
    pieces.push(bytes.subarray(at, at + length))
    at += length
  }
  return pieces
}

test('in whatever pieces an answer comes, it is the same one, and not before its last byte', () => {
  for (let round = 0; round < 400; round++) {
    const body = bytesOf(below(300))
    const answer = someAnswer(body)
    const pieces = cut(answer, round % 4 === 0 ? 1 : 1 + below(200))
    const reader = new ReplyReader()
    const replies = pieces.map((piece) => reader.push(piece))
    expect(replies.slice(0, -1).every((reply) => reply === null)).toBe(true)
    expect(bodyOf(replies.at(-1) ?? null)).toBe(body.toString())
    expect(reader.staysOpen).toBe(true)
  }
})

test('an answer that is damaged in any place is read the same way in any pieces', () => {
  const outcomes = new Map<string, number>()
  for (let round = 0; round < 3000; round++) {
    const damaged = Buffer.from(someAnswer(bytesOf(below(60))))
    for (let faults = 1 + below(3); faults > 0; faults--) {
      damaged[below(damaged.length)] = random() < 0.5 ? below(256) : 13 - 3 * below(2)
    }
    const whole = read([damaged])
    const apart = read(cut(damaged, 1 + below(30)))
    const text = damaged.toString('latin1')
    expect({ text, whole }).toEqual({ text, whole: apart })
    const kind = whole === null ? 'waits' : typeof whole === 'string' ? whole : 'read'
    outcomes.set(kind, (outcomes.get(kind) ?? 0) + 1)
  }
  expect([...outcomes.keys()].sort()).toEqual(['Unusual', 'read', 'waits'])
})
