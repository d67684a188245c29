import { expect, test } from 'bun:test'
import { line } from './http.ts'
import { belowPrefix, prefixFault } from './path-prefix.ts'

async function ask(prefix: string, path: string): Promise<Response> {
  const handler = belowPrefix(prefix, (_, info) => line(200, info.path))
  const info = { path, query: new URLSearchParams(), remote: null, idleLimit: () => {} }
  return await handler(new Request(`http://x${path}`), info)
}

test('a path is the same with the prefix and without it', async () => {
  for (const path of ['/', '/topz', '/topz/page.js', '/healthz', '/toolsy/topz']) {
    expect(await (await ask('/a/tools', path)).text()).toBe(`${path}\n`)
    expect(await (await ask('/a/tools', `/a/tools${path}`)).text()).toBe(`${path}\n`)
    expect(await (await ask('', path)).text()).toBe(`${path}\n`)
  }
})

test('the prefix alone leads to where relative links stay below it', async () => {
  const answer = await ask('/a/tools', '/a/tools')
  expect(answer.status).toBe(302)
  const at = new URL(answer.headers.get('location') ?? '', 'http://x/a/tools')
  expect(at.pathname).toBe('/a/tools/')
})

test('a prefix is whole names between slashes', () => {
  for (const prefix of ['', '/a', '/a/b-c', '/~me/x.y']) expect(prefixFault(prefix)).toBeNull()
  for (const prefix of ['/', 'a', 'a/', '/a/', '//a', '/a b', '/a?b', '/ä']) {
    expect([prefix, prefixFault(prefix)]).toEqual([
      prefix,
      'must begin with a slash and not end with one, like /tools/topz',
    ])
  }
})
