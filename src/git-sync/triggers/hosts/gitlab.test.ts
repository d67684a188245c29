import { expect, test } from 'bun:test'
import { deliveryNamed } from '#test/fixtures/deliveries.ts'
import { someFacts } from '#test/fixtures/delivery.ts'
import { gitlab } from './gitlab.ts'
import { verdictOf } from './verdict-for-tests.ts'

const encode = (text: string): Uint8Array => new TextEncoder().encode(text)
const sentMs = Date.parse('2026-03-04T05:06:07Z')
const signing = deliveryNamed('gitlab push, signed')
const text = signing.body(someFacts)
const signed = signing.headers(signing.secret, text, sentMs)

function verdict(
  headers: Readonly<Record<string, string>>,
  { secrets = [signing.secret], nowMs = sentMs }: { secrets?: string[]; nowMs?: number } = {},
) {
  const body = encode(text)
  return verdictOf(gitlab.proof, { headers: new Headers(headers), body, secrets, nowMs })
}

test('the example of the Standard Webhooks is proven', () => {
  const headers = new Headers({
    'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    'webhook-timestamp': '1614265330',
    'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  })
  const body = encode('{"test": 2432232314}')
  const secrets = ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw']
  const nowMs = 1_614_265_330_000
  expect(verdictOf(gitlab.proof, { headers, body, secrets, nowMs })).toBe('proven')
})

test('a signature counts for five minutes to both sides of its time', () => {
  for (const [seconds, expected] of [
    [300, 'proven'],
    [301, 'stale'],
    [86_400, 'stale'],
  ] as const) {
    expect(verdict(signed, { nowMs: sentMs + seconds * 1_000 })).toBe(expected)
    expect(verdict(signed, { nowMs: sentMs - seconds * 1_000 })).toBe(expected)
  }
})

test('an old delivery that is wrongly signed is wrong, not old', () => {
  expect(verdict(signed, { secrets: [signing.nextSecret], nowMs: sentMs + 1e9 })).toBe('wrong')
})

test('another time or id than the one that was signed is wrong', () => {
  const later = String(Math.floor(sentMs / 1_000) + 1)
  expect(verdict({ ...signed, 'webhook-timestamp': later })).toBe('wrong')
  expect(verdict({ ...signed, 'webhook-id': 'another' })).toBe('wrong')
})

test('a time that is none is never young enough', () => {
  for (const timestamp of ['soon', '', '1e999', 'NaN', '2026-03-04T05:06:07Z']) {
    const id = 'of-today'
    const signature = new Bun.CryptoHasher('sha256', Buffer.alloc(32, 'one signing key'))
      .update(`${id}.${timestamp}.${text}`)
      .digest('base64')
    const headers = {
      'webhook-id': id,
      'webhook-timestamp': timestamp,
      'webhook-signature': `v1,${signature}`,
    }
    expect(verdict(headers)).toBe('stale')
  }
})

test('one right signature among several is enough', () => {
  const wrong = `v1,${'A'.repeat(43)}=`
  const several = `v1a,else ${wrong} ${signed['webhook-signature']} ${wrong}`
  expect(verdict({ ...signed, 'webhook-signature': several })).toBe('proven')
  expect(verdict({ ...signed, 'webhook-signature': `${wrong} ${wrong}` })).toBe('wrong')
})

test('a wrong signature is not made good by a right token', () => {
  const both = { ...signed, 'x-gitlab-token': 'correct-horse' }
  const secrets = ['correct-horse', signing.nextSecret]
  expect(verdict(both, { secrets })).toBe('wrong')
  expect(verdict(both, { secrets: ['correct-horse', signing.secret] })).toBe('proven')
})

test('a token counts while no signing token is known here', () => {
  const both = { ...signed, 'x-gitlab-token': 'correct-horse' }
  expect(verdict(both, { secrets: ['correct-horse'] })).toBe('proven')
  expect(verdict(signed, { secrets: ['correct-horse'] })).toBe('wrong')
})

test('a signing token that is no Base64 proves nothing', () => {
  expect(verdict(signed, { secrets: ['whsec_***', 'whsec_'] })).toBe('wrong')
})

test('a token with letters beyond ASCII is compared as the bytes that were sent', () => {
  const secret = 'pässwörd-€'
  const asSent = String.fromCharCode(...encode(secret))
  expect(verdict({ 'x-gitlab-token': asSent }, { secrets: [secret] })).toBe('proven')
})

const event = new Headers({ 'x-gitlab-event': 'System Hook' })
const read = (said: object) => gitlab.read(event, encode(JSON.stringify(said)))

test('one update of a repository tells of all refs that moved', () => {
  const changes = [
    { ref: 'refs/heads/main', before: '0'.repeat(40), after: 'ab'.repeat(20) },
    { ref: 'refs/tags/v1', before: 'ab'.repeat(20), after: '0'.repeat(40) },
  ]
  expect(read({ event_name: 'repository_update', changes })).toEqual({
    kind: 'push',
    repositories: [],
    changes: [
      { ref: 'refs/heads/main', commit: 'ab'.repeat(20) },
      { ref: 'refs/tags/v1', commit: null },
    ],
  })
})

test('of an annotated tag the hash of the tag is told', () => {
  const tag = { ref: 'refs/tags/v1', after: 'ab'.repeat(20), checkout_sha: 'cd'.repeat(20) }
  expect(read({ object_kind: 'tag_push', ...tag })).toMatchObject({
    changes: [{ commit: 'ab'.repeat(20) }],
  })
})

test('a push of a custom template without a hash tells its ref', () => {
  expect(read({ object_kind: 'push', ref: 'refs/heads/main' })).toMatchObject({
    changes: [{ ref: 'refs/heads/main' }],
  })
})

test('what a body does not name is told by the header', () => {
  expect(read({})).toEqual({ kind: 'other', event: 'System Hook' })
})
