import { randomHex } from '#kit/random-hex.ts'

/**
 * A small push of our own, for a delivery too large to be kept: in the form of GitHub, so that the
 * secret signs it and does not travel. Two of them are never the same.
 *
 * @param ref as `--ref` says: who follows another one does nothing
 */
export function smallPush(
  ref: string,
  [secret = '']: readonly string[],
): { readonly headers: Readonly<Record<string, string>>; readonly body: string } {
  const full = ref.startsWith('refs/') ? ref : `refs/heads/${ref}`
  const body = JSON.stringify({ ref: full, id: randomHex(8) })
  const signature = new Bun.CryptoHasher('sha256', secret).update(body).digest('hex')
  return {
    body,
    headers: {
      'content-type': 'application/json',
      'x-github-event': 'push',
      'x-hub-signature-256': `sha256=${signature}`,
    },
  }
}
