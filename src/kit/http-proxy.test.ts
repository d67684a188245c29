import { expect, test } from 'bun:test'
import { proxyFor } from './http-proxy.ts'

function chosen(url: string, env: Record<string, string>): string | null {
  return proxyFor(new URL(url), env)
}

const both = { HTTP_PROXY: 'http://plain:3128', HTTPS_PROXY: 'http://secure:3128' }

/** What is asked by the proxy, of some URLs, when NO_PROXY is `except`. */
function proxied(except: string, ...hosts: readonly string[]): readonly string[] {
  return hosts.filter((host) => chosen(`http://${host}/`, { ...both, NO_PROXY: except }) !== null)
}

test('the scheme of the URL chooses the variable, and upper case wins', () => {
  expect(chosen('http://host/', both)).toBe('http://plain:3128')
  expect(chosen('https://host/', both)).toBe('http://secure:3128')
  expect(chosen('https://host/', { HTTP_PROXY: 'http://plain:1' })).toBeNull()
  expect(chosen('http://host/', { http_proxy: 'http://low:1' })).toBe('http://low:1')
  expect(chosen('http://host/', { HTTP_PROXY: 'http://up:1', http_proxy: 'x' })).toBe('http://up:1')
  expect(chosen('http://host/', { HTTP_PROXY: '', http_proxy: 'http://low:1' })).toBe(
    'http://low:1',
  )
  expect(chosen('http://host/', { ALL_PROXY: 'http://all:1' })).toBeNull()
})

test('a proxy without a scheme is an http one', () => {
  expect(chosen('https://host/', { HTTPS_PROXY: 'proxy:3128' })).toBe('http://proxy:3128')
  expect(chosen('http://host/', { HTTP_PROXY: 'ann:pw@proxy:1' })).toBe('http://ann:pw@proxy:1')
})

test('this machine is asked directly', () => {
  const hosts = ['localhost', 'localhost:8080', '127.0.0.1', '127.8.9.1:80', '[::1]:9000']
  expect(proxied('', ...hosts, 'other')).toEqual(['other'])
})

test('NO_PROXY names a host with all below it, or with a dot only what is below', () => {
  const hosts = ['corp', 'a.corp', 'b.a.corp', 'xcorp', 'corp.org']
  expect(proxied('corp', ...hosts)).toEqual(['xcorp', 'corp.org'])
  expect(proxied('.corp', ...hosts)).toEqual(['corp', 'xcorp', 'corp.org'])
  expect(proxied('*.corp', ...hosts)).toEqual(['corp', 'xcorp', 'corp.org'])
  expect(proxied(' x , CORP ', ...hosts)).toEqual(['xcorp', 'corp.org'])
  expect(proxied('*', ...hosts)).toEqual([])
  expect(proxied(',', ...hosts)).toEqual(hosts)
})

test('NO_PROXY names addresses and networks', () => {
  const hosts = ['10.1.2.3', '10.1.3.3', '11.0.0.1', '[2001:db8::1]', '[2001:db9::1]']
  expect(proxied('10.1.2.3,2001:db8::1', ...hosts)).toEqual([
    '10.1.3.3',
    '11.0.0.1',
    '[2001:db9::1]',
  ])
  expect(proxied('10.0.0.0/8', ...hosts)).toEqual(['11.0.0.1', '[2001:db8::1]', '[2001:db9::1]'])
  expect(proxied('10.1.2.0/24,2001:db8::/32', ...hosts)).toEqual([
    '10.1.3.3',
    '11.0.0.1',
    '[2001:db9::1]',
  ])
  expect(proxied('10.0.0.0/nine,0.0.0.0', ...hosts)).toEqual(hosts)
  expect(proxied('0.0.0.0/0,::/0', ...hosts)).toEqual([])
})

test('an entry with a port is for that port only', () => {
  const hosts = ['corp', 'corp:8080', '10.0.0.1:81', '10.0.0.1', '[2001:db8::1]:81']
  expect(proxied('corp:8080', ...hosts)).not.toContain('corp:8080')
  expect(proxied('corp:80', ...hosts)).not.toContain('corp')
  expect(proxied('10.0.0.1:81,[2001:db8::1]:81', ...hosts)).toEqual([
    'corp',
    'corp:8080',
    '10.0.0.1',
  ])
  expect(chosen('https://corp/', { ...both, NO_PROXY: 'corp:443' })).toBeNull()
})

test('the lower-case list is read when the upper-case one is empty', () => {
  expect(chosen('http://host/', { ...both, no_proxy: 'host' })).toBeNull()
  expect(chosen('http://host/', { ...both, NO_PROXY: 'x', no_proxy: 'host' })).not.toBeNull()
})
