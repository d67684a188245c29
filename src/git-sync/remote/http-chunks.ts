import { Unusual } from './http-head.ts'
import type { Body } from './http-reply.ts'

/** Of a line; a size has eight digits at most. */
const longestLineBytes = 10
const lineFeed = 0x0a

/**
 * Takes the chunks of a body apart: a size in hexadecimal in a line of its own, so many bytes, an
 * empty line, and so on; the size 0 and an empty line end it. Source: RFC 9112, section 7.1.
 */
export class Chunks {
  readonly #body: Body
  /** What the next line has to be. */
  #expected: 'size' | 'end of chunk' | 'end' = 'size'
  #line = ''
  /** Of the chunk that is being read. */
  #restBytes = 0

  constructor(body: Body) {
    this.#body = body
  }

  /**
   * How many of these bytes the body takes when it ends in them, else null.
   * @throws Unusual for all that a plain server does not send; Error as `Body` does.
   */
  push(bytes: Buffer): number | null {
    let at = 0
    while (at < bytes.length) {
      if (this.#restBytes > 0) {
        const piece = bytes.subarray(at, at + this.#restBytes)
        this.#body.push(piece)
        this.#restBytes -= piece.length
        at += piece.length
      } else {
        const found = bytes.indexOf(lineFeed, at)
        const end = found === -1 ? bytes.length : found + 1
        this.#line += bytes.toString('latin1', at, end)
        if (this.#line.length > longestLineBytes) throw new Unusual('a chunk that says more')
        at = end
        if (found !== -1 && this.#endsBy(this.#line)) return at
        if (found !== -1) this.#line = ''
      }
    }
    return null
  }

  /** Takes a line; true when it is the last one. */
  #endsBy(line: string): boolean {
    if (this.#expected === 'size') {
      const size = /^([\da-f]{1,8})\r\n$/i.exec(line)?.[1]
      if (size === undefined) throw new Unusual('a chunk without a size')
      this.#restBytes = Number.parseInt(size, 16)
      this.#expected = this.#restBytes > 0 ? 'end of chunk' : 'end'
      return false
    }
    if (line !== '\r\n') throw new Unusual('a chunk with another end')
    const isLast = this.#expected === 'end'
    this.#expected = 'size'
    return isLast
  }
}
