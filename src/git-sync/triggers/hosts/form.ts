/** True for a body of `payload=<the JSON, percent-encoded>`, which some hosts offer beside JSON. */
export function isForm(headers: Headers): boolean {
  const type = headers.get('content-type') ?? ''
  return type.toLowerCase().startsWith('application/x-www-form-urlencoded')
}

/** The JSON of a body, whichever of both it is. */
export function jsonOf(headers: Headers, body: Uint8Array): Uint8Array {
  return isForm(headers) ? formDecoder()(body) : body
}

const percent = '%'.charCodeAt(0)
const plus = '+'.charCodeAt(0)
const space = ' '.charCodeAt(0)

/**
 * Decodes such a body piece by piece. What is proven and what is read both come from here, so that
 * nothing is read that was not proven.
 */
export function formDecoder(): (chunk: Uint8Array) => Uint8Array {
  let nameLeft = 'payload='.length
  let digitsLeft = 0
  let byte = 0
  return (chunk) => {
    const decoded = new Uint8Array(chunk.length)
    let length = 0
    for (const code of chunk) {
      if (nameLeft > 0) nameLeft -= 1
      else if (digitsLeft > 0) {
        byte = byte * 16 + hexDigit(code)
        digitsLeft -= 1
        if (digitsLeft === 0) decoded[length++] = byte
      } else if (code === percent) {
        digitsLeft = 2
        byte = 0
      } else decoded[length++] = code === plus ? space : code
    }
    return decoded.subarray(0, length)
  }
}

/** Of what is no digit, anything: the JSON is then wrong in any case. */
function hexDigit(code: number): number {
  return code <= '9'.charCodeAt(0) ? code - '0'.charCodeAt(0) : (code | 32) - 'a'.charCodeAt(0) + 10
}
