const startBytes = 4096

/** Grows at its end; numbers take as many bytes as they need. */
export class ByteWriter {
  #bytes = new Uint8Array(startBytes)
  #length = 0
  readonly #double = new DataView(new ArrayBuffer(8))

  get length(): number {
    return this.#length
  }

  /** What it holds in memory, room for more included. */
  get capacity(): number {
    return this.#bytes.length
  }

  /** A whole number from 0 to 2^53, seven bits a byte, the lowest first. */
  whole(value: number): void {
    if (this.#length + 8 > this.#bytes.length) this.#grow()
    let rest = value
    while (rest >= 128) {
      // bit operations would cut it to 32 bits
      this.#bytes[this.#length++] = (rest % 128) + 128
      rest = Math.floor(rest / 128)
    }
    this.#bytes[this.#length++] = rest
  }

  /** Any number; a whole one from 0 takes 1 to 8 bytes, another one 9. */
  number(value: number): void {
    if (Number.isInteger(value) && value >= 0 && value < 2 ** 51) {
      this.whole(value * 2)
      return
    }
    this.whole(1)
    this.#double.setFloat64(0, value)
    for (let at = 0; at < 8; at++) this.whole(this.#double.getUint8(at))
  }

  /** What was written so far, not a copy: good until more is written. */
  written(): Uint8Array {
    return this.#bytes.subarray(0, this.#length)
  }

  #grow(): void {
    const larger = new Uint8Array(this.#bytes.length + Math.max(startBytes, this.#bytes.length / 4))
    larger.set(this.#bytes)
    this.#bytes = larger
  }
}

/** Reads what a `ByteWriter` wrote. */
export class ByteReader {
  readonly #bytes: Uint8Array
  /** Of the next byte. */
  at: number

  constructor(bytes: Uint8Array, at = 0) {
    this.#bytes = bytes
    this.at = at
  }

  whole(): number {
    let value = 0
    for (let weight = 1; ; weight *= 128) {
      const byte = this.#bytes[this.at++] ?? 0
      if (byte < 128) return value + byte * weight
      value += (byte - 128) * weight
    }
  }

  number(): number {
    const first = this.whole()
    if (first !== 1) return first / 2
    const double = new DataView(new ArrayBuffer(8))
    for (let at = 0; at < 8; at++) double.setUint8(at, this.whole())
    return double.getFloat64(0)
  }
}
