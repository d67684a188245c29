import { afterAll, expect, test } from 'bun:test'
import { command } from '#kit/command.ts'
import { curlProxyFor } from './curl-proxy.ts'
import { NotModelled } from './http-way.ts'

const asked: string[] = []

/** A server that notes who was asked. */
function listener(name: string): string {
  const server = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    fetch() {
      asked.push(name)
      return new Response('', { status: 500 })
    },
  })
  afterAll(() => server.stop(true))
  return `http://127.0.0.1:${server.port}`
}

const host = listener('nobody')
const one = listener('one')
const two = listener('two')
const bare = one.replace('http://', '')

/** Whom `git ls-remote` asks first. */
async function byGit(url: string, env: Record<string, string>): Promise<string> {
  asked.length = 0
  const own = { PATH: process.env.PATH, GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null' }
  await command(['git', 'ls-remote', url], { env: { ...own, ...env } })
  return asked[0] ?? 'somebody else'
}

function here(url: string, env: Record<string, string>, configured: string | null = null): string {
  const proxy = curlProxyFor(new URL(url), { configured, env })
  if (proxy === null) return 'nobody'
  return proxy === `${one}/` ? 'one' : proxy === `${two}/` ? 'two' : proxy
}

const cases: readonly Record<string, string>[] = [
  {},
  { http_proxy: one },
  { http_proxy: `${one}/` },
  { http_proxy: bare },
  { http_proxy: one.replace('http:', 'HTTP:') },
  { HTTP_PROXY: one },
  { http_proxy: '', all_proxy: one },
  { ALL_PROXY: one },
  { all_proxy: two, ALL_PROXY: one },
  { all_proxy: '', ALL_PROXY: one },
  { http_proxy: one, no_proxy: '127.0.0.1' },
  { http_proxy: one, NO_PROXY: '127.0.0.1' },
  { http_proxy: one, no_proxy: '', NO_PROXY: '*' },
  { http_proxy: one, no_proxy: '*', NO_PROXY: '' },
  { http_proxy: one, no_proxy: '0.0.1' },
  { http_proxy: one, no_proxy: '127.0.0.10' },
  { http_proxy: one, no_proxy: 'a.example,,  127.0.0.1' },
  { http_proxy: one, no_proxy: 'a.example;127.0.0.1' },
]

for (const env of cases) {
  test(`git and this program ask the same proxy: ${JSON.stringify(env)}`, async () => {
    expect(here(host, env)).toBe(await byGit(host, env))
  })
}

test('of https the variable is read in both cases, the lower one first', () => {
  expect(here('https://host/', { HTTPS_PROXY: one, http_proxy: two })).toBe('one')
  expect(here('https://host/', { HTTPS_PROXY: one, https_proxy: two })).toBe('two')
  expect(here('https://host/', { HTTPS_PROXY: one, https_proxy: '' })).toBe('nobody')
})

test('a proxy without a port has that of curl', () => {
  expect(here('http://host/', { ALL_PROXY: 'http://other' })).toBe('http://other:1080/')
})

test('a setting wins over the environment, an empty one is no proxy', () => {
  expect(here('http://host/', { http_proxy: one }, two)).toBe('two')
  expect(here('http://host/', { http_proxy: one }, '')).toBe('nobody')
})

test('names in no_proxy mean themselves and all below them', () => {
  const env = { http_proxy: one, no_proxy: 'a.example .b.example, 10.0.0.1' }
  for (const name of ['a.example', 'x.a.example', 'b.example', 'x.b.example', '10.0.0.1']) {
    expect(here(`http://${name}/`, env)).toBe('nobody')
  }
  for (const name of ['xa.example', 'example', '110.0.0.1']) {
    expect(here(`http://${name}/`, env)).toBe('one')
  }
})

test('what this program does not speak is left to git', () => {
  for (const odd of [
    'socks5://one:1',
    'https://one:1',
    'http://ann:x@one:1',
    'http://one:1/path',
    'http://one:1 ',
    '//one:1',
  ]) {
    expect(() => here('http://host/', { http_proxy: odd })).toThrow(NotModelled)
  }
  for (const odd of ['10.0.0.0/8', 'host:80', '*.example', '.127.0.0.1', '127.0.0.1.', '* x']) {
    expect(() => here('http://host/', { http_proxy: one, no_proxy: odd })).toThrow(NotModelled)
  }
})
