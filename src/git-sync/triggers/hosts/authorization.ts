import { bytesOf } from './proofs.ts'

/** The scheme in lower case and what stands behind it, as in `Bearer TOKEN`; null without any. */
export function authorizationOf(
  headers: Headers,
): { readonly scheme: string; readonly value: string } | null {
  const header = headers.get('authorization')?.trim() ?? ''
  if (header === '') return null
  const [scheme = '', ...rest] = header.split(' ')
  return { scheme: scheme.toLowerCase(), value: rest.join(' ').trim() }
}

/**
 * `user:password` of a Basic login, and the password alone; nothing when it is not Base64
 * (https://www.rfc-editor.org/rfc/rfc7617).
 */
export function basicLogin(value: string): Uint8Array[] {
  try {
    const login = Uint8Array.fromBase64(value)
    const colon = login.indexOf(':'.charCodeAt(0))
    return colon === -1 ? [login] : [login, login.subarray(colon + 1)]
  } catch {
    return []
  }
}

/** The whole header, and the token behind its scheme. */
export function wholeOrToken(headers: Headers): Uint8Array[] {
  const whole = headers.get('authorization')?.trim() ?? ''
  const token = authorizationOf(headers)?.value ?? ''
  return [whole, token].filter((text) => text !== '').map(bytesOf)
}
