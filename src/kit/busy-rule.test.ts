import { expect, test } from 'bun:test'
import { busyRule } from './busy-rule.ts'
import { line } from './http.ts'

test('one more than may ask at a time is told to ask again, and a probe is answered', async () => {
  const gate = Promise.withResolvers<void>()
  const rule = busyRule(
    async (_, { path }) => {
      if (path === '/fails') throw new Error('no')
      if (path === '/slow') await gate.promise
      return line(200, 'in')
    },
    { most: 2, open: ['/healthz'] },
  )
  const ask = async (path: string): Promise<Response> => {
    const info = { path, query: new URLSearchParams(), remote: null, idleLimit: () => {} }
    return await rule(new Request(`http://x${path}`), info)
  }
  for (const path of ['/fails', '/fails', '/fails']) expect(ask(path)).rejects.toThrow('no')
  const slow = [ask('/slow'), ask('/slow')]
  const refused = await ask('/slow')
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1'])
  expect((await ask('/healthz')).status).toBe(200)
  gate.resolve()
  expect((await Promise.all(slow)).map(({ status }) => status)).toEqual([200, 200])
  expect((await ask('/quick')).status).toBe(200)
})
