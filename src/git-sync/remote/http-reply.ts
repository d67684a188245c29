/** The answer of a host, as far as a question for refs needs it. */
export interface HttpReply {
  readonly status: number
  /** Null when the host does not say. */
  readonly contentType: string | null
  /** Where the host sends on to, or null. */
  readonly location: string | null
  /** Empty unless the status is 200: what else a host says is for people. */
  readonly body: Uint8Array
}

/** Fifty thousand refs: hosts tell only those that were asked for, and what is read is memory. */
const longestBodyBytes = 4 << 20

/** Puts a body together from the pieces in which it comes, however many they are. */
export class Body {
  #bytes: Uint8Array = new Uint8Array(0)
  #length = 0

  /** @throws Error when it is longer than any answer that is wanted. */
  push(piece: Uint8Array): void {
    const length = this.#length + piece.length
    if (length > longestBodyBytes) throw new Error('the host answers with too many refs')
    if (this.#length === 0) this.#bytes = piece
    else {
      if (length > this.#bytes.length) this.#grow(2 * length)
      this.#bytes.set(piece, this.#length)
    }
    this.#length = length
  }

  get length(): number {
    return this.#length
  }

  /** What has come so far. */
  whole(): Uint8Array {
    return this.#bytes.subarray(0, this.#length)
  }

  #grow(capacity: number): void {
    const larger = new Uint8Array(capacity)
    larger.set(this.whole())
    this.#bytes = larger
  }
}
