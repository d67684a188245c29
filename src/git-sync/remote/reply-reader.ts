import { Chunks } from './http-chunks.ts'
import { type HttpHead, parseHead, Unusual } from './http-head.ts'
import { Body, type HttpReply } from './http-reply.ts'

/** Servers send 1 KiB, and hold themselves to 8 to 32. */
const longestHeadBytes = 32_768
const begin = 'HTTP/1.1 '

/** Reads one answer from the pieces in which it comes, however small they are. */
export class ReplyReader {
  #hasBegun = false
  /** Something came after the end. */
  #hasMore = false
  /** What came of the head. */
  #before: Buffer | null = null
  #head: HttpHead | null = null
  readonly #body = new Body()
  readonly #chunks = new Chunks(this.#body)

  /** Some of an answer has come. */
  get hasBegun(): boolean {
    return this.#hasBegun
  }

  /** After this answer the connection may be asked again. */
  get staysOpen(): boolean {
    // Of another status the body is left unread.
    return this.#head?.staysOpen === true && this.#head.status === 200 && !this.#hasMore
  }

  /**
   * The answer, when it ends here.
   * @throws Unusual when it is not read here; Error when it is too long.
   */
  push(bytes: Buffer): HttpReply | null {
    this.#hasBegun = true
    const rest = this.#head === null ? this.#takeHead(bytes) : bytes
    const head = this.#head
    if (head === null) return null
    if (head.status === 200 && !this.#takeBody(rest, head.length)) return null
    const { status, contentType, location } = head
    return { status, contentType, location, body: this.#body.whole() }
  }

  /** What comes after the head. */
  #takeHead(bytes: Buffer): Buffer {
    const text = this.#before === null ? bytes : Buffer.concat([this.#before, bytes])
    const end = text.indexOf('\r\n\r\n', Math.max(0, text.length - bytes.length - 3))
    const start = text.toString('latin1', 0, begin.length)
    if (!begin.startsWith(start) || Math.max(end, 0) > longestHeadBytes)
      throw new Unusual('no head')
    if (end !== -1) {
      this.#before = null
      this.#head = parseHead(text.toString('latin1', 0, end))
      return text.subarray(end + 4)
    }
    // Some servers end lines by a line feed alone.
    if (text.length > longestHeadBytes || text.includes('\n\n')) throw new Unusual('no end of head')
    this.#before = text
    return text
  }

  /** True when the body ends in these bytes. */
  #takeBody(bytes: Buffer, length: HttpHead['length']): boolean {
    const taken = length === 'chunked' ? this.#chunks.push(bytes) : this.#takeRest(bytes, length)
    this.#hasMore = taken !== null && taken < bytes.length
    return taken !== null
  }

  #takeRest(bytes: Buffer, length: number | null): number | null {
    const rest = (length ?? 0) - this.#body.length
    this.#body.push(bytes.subarray(0, rest))
    return rest > bytes.length ? null : rest
  }
}
