import { expect, test } from 'bun:test'
import { curlProxyFor } from './curl-proxy.ts'

function proxy(
  url: string,
  env: Record<string, string>,
  configured: string | null = null,
): string | null {
  return curlProxyFor(new URL(url), { configured, env })
}

test('the variable of the scheme is read, of http in lower case only', () => {
  const env = { http_proxy: 'http://one:3128', https_proxy: 'two:3128' }
  expect(proxy('http://host/', env)).toBe('http://one:3128/')
  expect(proxy('https://host/', env)).toBe('http://two:3128/')
  expect(proxy('http://host/', { HTTP_PROXY: 'http://one:3128' })).toBeNull()
  expect(proxy('https://host/', { HTTPS_PROXY: 'http://one:3128' })).toBe('http://one:3128/')
  expect(proxy('http://host/', { ALL_PROXY: 'http://one' })).toBe('http://one:1080/')
  expect(proxy('http://host/', { http_proxy: '', all_proxy: 'http://one:1' })).toBe('http://one:1/')
})

test('a setting wins over the environment, an empty one is no proxy', () => {
  const env = { http_proxy: 'http://one:3128' }
  expect(proxy('http://host/', env, 'http://set:80')).toBe('http://set/')
  expect(proxy('http://host/', env, '')).toBeNull()
})

test('names in no_proxy mean themselves and all below them', () => {
  const env = { http_proxy: 'http://one:1', no_proxy: 'a.example .b.example, 10.0.0.1' }
  for (const host of ['a.example', 'x.a.example', 'b.example', 'x.b.example', '10.0.0.1']) {
    expect(proxy(`http://${host}/`, env)).toBeNull()
  }
  for (const host of ['xa.example', 'example', '110.0.0.1']) {
    expect(proxy(`http://${host}/`, env)).toBe('http://one:1/')
  }
  expect(proxy('http://any/', { http_proxy: 'http://one:1', NO_PROXY: '*' })).toBeNull()
})

test('what this program does not speak is left to git', () => {
  for (const odd of [
    'socks5://one:1',
    'https://one:1',
    'http://ann:x@one:1',
    'http://one:1/path',
  ]) {
    expect(() => proxy('http://host/', { http_proxy: odd })).toThrow('http://HOST:PORT')
  }
  for (const odd of ['10.0.0.0/8', 'host:80', '*.example']) {
    expect(() => proxy('http://host/', { http_proxy: 'http://one:1', no_proxy: odd })).toThrow()
  }
})
