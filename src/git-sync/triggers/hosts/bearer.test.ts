import { expect, test } from 'bun:test'
import { bearer } from './bearer.ts'
import { verdictOf } from './verdict-for-tests.ts'

const read = (text: string) => bearer.read(new Headers(), new TextEncoder().encode(text))
const commit = 'ab'.repeat(20)

test('a request without a body tells of a push and nothing of it', () => {
  expect(read('')).toEqual({ kind: 'push', repositories: [], changes: [] })
  expect(read('{}')).toEqual({ kind: 'push', repositories: [], changes: [] })
})

test('a ref may be a full name or a branch, with its commit or without', () => {
  const changes = (said: object) => read(JSON.stringify(said))
  expect(changes({ ref: 'main' })).toMatchObject({ changes: [{ ref: 'refs/heads/main' }] })
  expect(changes({ ref: 'refs/tags/v1', commit })).toMatchObject({
    changes: [{ ref: 'refs/tags/v1', commit }],
  })
  expect(changes({ ref: 'main', commit: null })).toMatchObject({ changes: [{ commit: null }] })
})

test('a body is JSON whatever its type: curl calls all that it is given a form', () => {
  const headers = new Headers({ 'content-type': 'application/x-www-form-urlencoded' })
  const body = new TextEncoder().encode('{"ref":"main"}')
  expect(bearer.read(headers, body)).toMatchObject({ changes: [{ ref: 'refs/heads/main' }] })
})

test('a commit of no ref is told to be one', () => {
  expect(() => read(JSON.stringify({ commit }))).toThrow('it names a commit and no ref')
})

test('the scheme may be written as one likes, the token may not', () => {
  const verdict = (authorization: string) =>
    verdictOf(bearer.proof, {
      headers: new Headers({ authorization }),
      body: new Uint8Array(),
      secrets: ['Horse'],
      nowMs: 0,
    })
  expect(verdict('bearer Horse')).toBe('proven')
  expect(verdict('BEARER   Horse ')).toBe('proven')
  expect(verdict('Bearer horse')).toBe('wrong')
  expect(verdict('Bearer')).toBe('null')
})
