import { sameSecret } from '#kit/same-secret.ts'
import type { Proof } from './host.ts'

export interface SignedOptions {
  /** Each may have made it. An empty one made none: what it signs, anybody can sign. */
  readonly keys: readonly (string | Uint8Array)[]
  /** How the signature is written. */
  readonly encoding: 'hex' | 'base64'
  /** What is signed in front of the body. */
  readonly head?: string
}

/** Proves by HMAC-SHA256 of the body: one of `signatures` must be that of one of the keys. */
export function signedBody(signatures: readonly string[], options: SignedOptions): Proof {
  const { keys, encoding, head = '' } = options
  const hashers = keys
    .filter((key) => key.length > 0)
    .map((key) => new Bun.CryptoHasher('sha256', key).update(head))
  return {
    update(chunk) {
      for (const hasher of hashers) hasher.update(chunk)
    },
    verdict() {
      let proven = false
      for (const hasher of hashers) {
        const right = hasher.digest(encoding)
        // every key and every signature, whatever was found before: the time tells no one which
        for (const signature of signatures) proven = sameSecret(signature, right) || proven
      }
      return proven ? 'proven' : 'wrong'
    },
  }
}

/** Proves by a secret that the headers show: one of `shown` must be one of the secrets. */
export function shownSecret(shown: readonly Uint8Array[], secrets: readonly string[]): Proof {
  return {
    update: () => {},
    verdict() {
      let proven = false
      for (const secret of secrets) {
        for (const value of shown) {
          proven = (secret.length > 0 && sameSecret(value, secret)) || proven
        }
      }
      return proven ? 'proven' : 'wrong'
    },
  }
}

/** The value of a header as it was sent: a secret may have letters beyond ASCII. */
export function bytesOf(header: string): Uint8Array {
  return Uint8Array.from(header, (letter) => letter.charCodeAt(0))
}
