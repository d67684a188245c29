import { expect, test } from 'bun:test'
import { bitbucket } from './bitbucket.ts'
import { verdictOf } from './verdict-for-tests.ts'

const encode = (said: object): Uint8Array => new TextEncoder().encode(JSON.stringify(said))
const ping = { 'x-event-key': 'diagnostics:ping' }

const unsigned = (body: Uint8Array, pieceBytes = 1_000): string => {
  const options = { headers: new Headers(ping), secrets: ['correct-horse'], nowMs: 0, pieceBytes }
  return verdictOf(bitbucket.proof, { ...options, body })
}

test('a ping without a signature is a ping and proves nothing: Server sends it so', () => {
  for (const text of ['', '{"test":true}', '{ "test": true }\n']) {
    const body = new TextEncoder().encode(text)
    expect(unsigned(body)).toBe('ping')
    expect(unsigned(body, 1)).toBe('ping')
  }
})

test('a ping without a signature that says anything else is wrong, however large', () => {
  const text = '{"test":true}'
  for (const other of ['{}', '{"ref":"main"}', `${text}x`, `${text}${' '.repeat(52)}x`]) {
    expect(unsigned(new TextEncoder().encode(other))).toBe('wrong')
    expect(unsigned(new TextEncoder().encode(other), 13)).toBe('wrong')
  }
  const large = new TextEncoder().encode(text.padEnd(2 << 20))
  expect(unsigned(large, 65_536)).toBe('wrong')
})

test('a ping with a wrong signature is wrong', () => {
  const headers = new Headers({ ...ping, 'x-hub-signature': `sha256=${'0'.repeat(64)}` })
  const options = { headers, body: encode({ test: true }), secrets: ['correct-horse'], nowMs: 0 }
  expect(verdictOf(bitbucket.proof, options)).toBe('wrong')
})

test('a push without a signature proves nothing, nor does one with SHA-1', () => {
  const secrets = ['correct-horse']
  for (const key of ['repo:push', 'repo:refs_changed', 'DIAGNOSTICS:PING']) {
    const none = new Headers({ 'x-event-key': key })
    expect(bitbucket.proof(none, { secrets, nowMs: 0 })).toBeNull()
    const old = new Headers({ 'x-event-key': key, 'x-hub-signature': `sha1=${'0'.repeat(40)}` })
    expect(bitbucket.proof(old, { secrets, nowMs: 0 })).toBeNull()
  }
})

test('one push of Cloud tells of branches and tags, new, moved and gone', () => {
  const state = (type: string, name: string, hash: string) => ({ type, name, target: { hash } })
  const changes = [
    { old: null, new: state('branch', 'new', 'ab'.repeat(20)) },
    { old: state('branch', 'gone', 'cd'.repeat(20)), new: null },
    { old: state('tag', 'v1', 'cd'.repeat(20)), new: state('tag', 'v1', 'ab'.repeat(20)) },
  ]
  const headers = new Headers({ 'x-event-key': 'repo:push' })
  expect(bitbucket.read(headers, encode({ push: { changes } }))).toEqual({
    kind: 'push',
    repositories: [],
    changes: [
      { ref: 'refs/heads/new', commit: 'ab'.repeat(20) },
      { ref: 'refs/heads/gone', commit: null },
      { ref: 'refs/tags/v1', commit: 'ab'.repeat(20) },
    ],
  })
})

test('a change of Server that says DELETE is one, whatever hash it tells', () => {
  const headers = new Headers({ 'x-event-key': 'repo:refs_changed' })
  const change = { ref: { id: 'refs/heads/main' }, toHash: 'ab'.repeat(20), type: 'DELETE' }
  expect(bitbucket.read(headers, encode({ changes: [change] }))).toMatchObject({
    changes: [{ ref: 'refs/heads/main', commit: null }],
  })
})

test('the repository of a person on Server has its tilde', () => {
  const headers = new Headers({ 'x-event-key': 'repo:refs_changed' })
  const clone = [{ href: 'https://git.example.org/scm/~ada/site.git', name: 'http' }]
  const repository = { slug: 'site', project: { key: '~ADA' }, links: { clone } }
  expect(bitbucket.read(headers, encode({ repository, changes: [] }))).toEqual({
    kind: 'push',
    repositories: ['~ADA/site', 'https://git.example.org/scm/~ada/site.git'],
    changes: [],
  })
})
