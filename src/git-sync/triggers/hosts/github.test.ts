import { expect, test } from 'bun:test'
import { github } from './github.ts'
import { verdictOf } from './verdict-for-tests.ts'

const encode = (text: string): Uint8Array => new TextEncoder().encode(text)

test('the example of GitHub’s documents is proven', () => {
  const hex = '757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17'
  const headers = new Headers({ 'x-hub-signature-256': `sha256=${hex}` })
  const secrets = ["It's a Secret to Everybody"]
  const body = encode('Hello, World!')
  expect(verdictOf(github.proof, { headers, body, secrets, nowMs: 0 })).toBe('proven')
})

test('a signature with SHA-1 alone proves nothing', () => {
  const headers = new Headers({
    'x-github-event': 'push',
    'x-hub-signature': 'sha1=0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c',
  })
  expect(github.proof(headers, { secrets: ['correct-horse'], nowMs: 0 })).toBeNull()
})

const push = new Headers({ 'x-github-event': 'push' })

test('a push that says deleted is one, whatever hash it tells', () => {
  const body = { ref: 'refs/heads/main', after: 'ab'.repeat(20), deleted: true, repository: {} }
  expect(github.read(push, encode(JSON.stringify(body)))).toEqual({
    kind: 'push',
    repositories: [],
    changes: [{ ref: 'refs/heads/main', commit: null }],
  })
})

test('an event’s name is cut before it fills a log', () => {
  const headers = new Headers({ 'x-github-event': 'x'.repeat(5_000) })
  const said = github.read(headers, encode('{}'))
  expect(said).toEqual({ kind: 'other', event: 'x'.repeat(100) })
})

test.each([
  ['nothing', '', 'its body is not JSON'],
  ['half of it', '{"ref":', 'its body is not JSON'],
  ['other letters', '{"ref":"\xff"}', 'its ref is "\xff", not the full name of one'],
  ['a list', '[]', 'its body is no JSON object'],
  ['no ref', '{}', 'its ref is missing, not the full name of one'],
  ['a short ref', '{"ref":"main"}', 'its ref is "main", not the full name of one'],
  ['a ref of two lines', '{"ref":"refs/heads/a\\nb"}', 'its ref is "refs/heads/a\\nb"'],
  ['a number', '{"ref":7}', 'its ref is a number'],
  [
    'no hash',
    '{"ref":"refs/heads/main","after":"HEAD"}',
    'the commit of "refs/heads/main" is "HEAD", not a full hash',
  ],
])('a body with %s is told in one sentence', (_what, body, sentence) => {
  expect(() => github.read(push, encode(body))).toThrow(`Cannot read the delivery: ${sentence}`)
})

test('a body that is not UTF-8 is told', () => {
  const body = Uint8Array.from([...encode('{"ref":"refs/heads/'), 0xff, ...encode('"}')])
  expect(() => github.read(push, body)).toThrow('its body is not JSON')
})
