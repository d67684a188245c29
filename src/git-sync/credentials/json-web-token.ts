import type { KeyObject } from 'node:crypto'

/**
 * Who a GitHub app is, signed with its key (RFC 7519, RS256), or null when the PEM holds no private
 * RSA key. It is valid from a minute ago, for clocks differ, and for nine more: GitHub takes ten.
 */
export async function signedIdentity(
  pem: string,
  { issuer, nowMs }: { readonly issuer: string; readonly nowMs: number },
): Promise<string | null> {
  // Megabytes, for those alone who have such an app.
  const { createPrivateKey, sign } = await import('node:crypto')
  const key = keyIn(pem, createPrivateKey)
  if (key?.asymmetricKeyType !== 'rsa') return null
  const nowSeconds = Math.floor(nowMs / 1000)
  const claims = { iat: nowSeconds - 60, exp: nowSeconds + 540, iss: issuer }
  const signed = [{ alg: 'RS256', typ: 'JWT' }, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.')
  return `${signed}.${sign('RSA-SHA256', Buffer.from(signed), key).toString('base64url')}`
}

/** PKCS#1, as GitHub makes them, or PKCS#8. What the parser says of another text is no help. */
function keyIn(pem: string, parse: (pem: string) => KeyObject): KeyObject | null {
  try {
    return parse(pem)
  } catch {
    return null
  }
}
