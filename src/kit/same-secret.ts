/** Another in each process, so that nobody can prepare values whose digests begin alike. */
const key = crypto.getRandomValues(new Uint8Array(32))

/**
 * Whether two values are equal, in a time that tells neither where they differ nor how long they
 * are: their keyed digests are compared, to the end.
 */
export function sameSecret(one: string | Uint8Array, other: string | Uint8Array): boolean {
  const left = digest(one)
  const right = digest(other)
  let difference = 0
  for (const [index, byte] of left.entries()) difference |= byte ^ (right[index] ?? ~byte)
  return difference === 0
}

function digest(value: string | Uint8Array): Uint8Array {
  return new Bun.CryptoHasher('sha256', key).update(value).digest()
}
