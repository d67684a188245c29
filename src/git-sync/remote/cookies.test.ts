import { expect, test } from 'bun:test'
import { cookiesFor } from './cookies.ts'

const file = [
  '# Netscape HTTP Cookie File',
  '',
  'host.example\tFALSE\t/\tTRUE\t0\ta\t1',
  '.example\tTRUE\t/\tFALSE\t2000\tb\t2\r',
  '#HttpOnly_.host.example\tTRUE\t/git/\tFALSE\t0\tc\tx=y;z',
  'host.example\tFALSE\t/git\tFALSE\t999\told\t1',
  'other.example\tFALSE\t/\tFALSE\t0\tother\t1',
  'broken line',
].join('\n')

function cookies(url: string): string | null {
  return cookiesFor(new URL(url), file, { nowMs: 1_000_000 })
}

test('cookies of the host and above it go along, the longest path first', () => {
  expect(cookies('https://host.example/git/site')).toBe('c=x=y;z; a=1; b=2')
  expect(cookies('http://host.example/')).toBe('b=2')
  expect(cookies('http://HOST.example/gitx')).toBe('b=2')
})

test('what is for another host, path or time, or for https alone, stays here', () => {
  expect(cookies('http://below.host.example/')).toBe('b=2')
  expect(cookies('http://evilexample/')).toBeNull()
  expect(cookies('http://127.0.0.1/')).toBeNull()
  expect(cookiesFor(new URL('http://host.example/'), file, { nowMs: 2_000_000 })).toBeNull()
})
