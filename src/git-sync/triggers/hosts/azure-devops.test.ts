import { expect, test } from 'bun:test'
import { azureDevops } from './azure-devops.ts'
import { bearer } from './bearer.ts'
import { hosts } from './hosts.ts'
import { verdictOf } from './verdict-for-tests.ts'

function verdict(authorization: string, secret: string): string {
  const headers = new Headers({ 'x-vss-activityid': '1', authorization })
  const body = new Uint8Array()
  return verdictOf(azureDevops.proof, { headers, body, secrets: [secret], nowMs: 0 })
}

const basic = (login: string): string => `Basic ${Buffer.from(login).toString('base64')}`

test('a login is proven by user and password, or by the password alone', () => {
  expect(verdict(basic('hook:correct:hörse'), 'hook:correct:hörse')).toBe('proven')
  expect(verdict(basic('hook:correct:hörse'), 'correct:hörse')).toBe('proven')
  expect(verdict(basic(':correct'), 'correct')).toBe('proven')
  expect(verdict(basic('correct'), 'correct')).toBe('proven')
  expect(verdict(basic('hook:correct'), 'hook')).toBe('wrong')
  expect(verdict(basic('hook:correct'), 'other:correct')).toBe('wrong')
  expect(verdict(basic('hook:'), 'hook')).toBe('wrong')
})

test('an Authorization of one’s own is proven whole or behind its scheme', () => {
  expect(verdict('Token abc', 'Token abc')).toBe('proven')
  expect(verdict('Token abc', 'abc')).toBe('proven')
  expect(verdict('abc', 'abc')).toBe('proven')
  expect(verdict('Bearer abc', 'abc')).toBe('proven')
  expect(verdict('Token abc', 'Token')).toBe('wrong')
})

test('a login that is no Base64 proves nothing', () => {
  for (const nonsense of ['Basic', 'Basic ', 'Basic ***', 'Basic =']) {
    expect(verdict(nonsense, 'correct')).toBe('wrong')
  }
})

test('a bearer that Azure DevOps sends is read as a delivery of Azure DevOps', () => {
  const headers = new Headers({ authorization: 'Bearer abc' })
  expect(hosts.find((host) => host.sent(headers))).toBe(bearer)
  headers.set('x-vss-activityid', '1')
  expect(hosts.find((host) => host.sent(headers))).toBe(azureDevops)
})

test('a hook that sends no details tells of a push and nothing of it', () => {
  const body = new TextEncoder().encode('{"eventType":"git.push"}')
  const push = { kind: 'push', repositories: [], changes: [] }
  expect(azureDevops.read(new Headers(), body)).toEqual(push as never)
})
