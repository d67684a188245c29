import { expect, test } from 'bun:test'
import { address, atLeast, noOption, repository } from './checks.ts'

test('what git would take for an option is refused', () => {
  expect(noOption('main')).toBeNull()
  expect(noOption('')).toBe('must be specified')
  expect(noOption('--upload-pack=x')).toContain('cannot begin with a dash')
})

test('a URL whose password was not encoded is refused without showing it', () => {
  expect(repository('https://ann:se/cret@host/x.git')).toContain('percent-encoded')
  expect(repository('https://ann:se/cret@host/x.git')).not.toContain('cret')
  for (const url of [
    'https://a:b@h:8080/x',
    'http://[::1]:80/x',
    'https://h/@x/a:b',
    '/a:b/c',
    'git@h:x',
  ]) {
    expect(repository(url)).toBeNull()
  }
})

test('an address is HOST:PORT, or not there', () => {
  expect(address('')).toBeNull()
  expect(address(':80')).toBeNull()
  expect(address('[::1]:80')).toBeNull()
  expect(address('80')).toContain('the form is HOST:PORT')
})

test('a duration has its least', () => {
  expect(atLeast(10, '10ms')(9)).toBe('must be at least 10ms')
  expect(atLeast(10, '10ms')(10)).toBeNull()
})
