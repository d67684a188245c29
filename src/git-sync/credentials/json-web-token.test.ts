import { expect, test } from 'bun:test'
import { generateKeyPairSync, verify } from 'node:crypto'
import { signedIdentity } from './json-web-token.ts'

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
const nowMs = 1_700_000_000_999

function pemOf(type: 'pkcs1' | 'pkcs8', key = rsa.privateKey): string {
  return key.export({ type, format: 'pem' }).toString()
}

test('an identity is signed, begins a minute ago and ends in nine', async () => {
  const token = (await signedIdentity(pemOf('pkcs1'), { issuer: 'Iv1.abc', nowMs })) ?? ''
  const [head = '', claims = '', signature = ''] = token.split('.')
  const read = (part: string): unknown => JSON.parse(Buffer.from(part, 'base64url').toString())
  expect(read(head)).toEqual({ alg: 'RS256', typ: 'JWT' })
  expect(read(claims)).toEqual({ iss: 'Iv1.abc', iat: 1_699_999_940, exp: 1_700_000_540 })
  const signed = Buffer.from(`${head}.${claims}`)
  expect(verify('RSA-SHA256', signed, rsa.publicKey, Buffer.from(signature, 'base64url'))).toBe(
    true,
  )
  expect(token).not.toMatch(/[+/=]/)
})

test('a key of either PEM form will do, and spaces around it', async () => {
  const [one, other] = await Promise.all(
    (['pkcs1', 'pkcs8'] as const).map((type) =>
      signedIdentity(`\n${pemOf(type)}\n\n`, { issuer: '1', nowMs }),
    ),
  )
  expect(one).toBeString()
  expect(other).toBe(one)
})

test('what is no private RSA key is none', async () => {
  const other = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const secured = { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' } as const
  const texts = [
    '',
    'no key',
    pemOf('pkcs8').slice(0, -100),
    pemOf('pkcs8', other.privateKey),
    rsa.publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    rsa.privateKey.export(secured).toString(),
  ]
  for (const pem of texts) expect(await signedIdentity(pem, { issuer: '1', nowMs })).toBeNull()
})
