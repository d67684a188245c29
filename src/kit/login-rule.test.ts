import { expect, test } from 'bun:test'
import { line } from './http.ts'
import { type KnownLogins, loginRule } from './login-rule.ts'

const bcrypt = await Bun.password.hash('horse', { algorithm: 'bcrypt', cost: 4 })

function ruleFor(known: () => KnownLogins): {
  ask: (authorization: string | null, path?: string) => Promise<Response>
  errors: string[]
} {
  const errors: string[] = []
  const rule = loginRule({
    known,
    open: ['/healthz'],
    realm: 'topz',
    log: { error: (says, fields) => void errors.push(`${says}: ${String(fields?.error)}`) },
    handler: () => line(200, 'in'),
  })
  return {
    errors,
    ask: async (authorization, path = '/topz') => {
      const headers = authorization === null ? {} : { authorization }
      const info = { path, query: new URLSearchParams(), remote: null, idleLimit: () => {} }
      return await rule(new Request('http://x/', { headers }), info)
    },
  }
}

const basic = (login: string): string => `Basic ${Buffer.from(login).toString('base64')}`
const some = (): KnownLogins => ({
  tokens: ['old-token', 'new-token'],
  logins: ['ann:plain word', 'bob:with:colon', `cy:${bcrypt.replace('$2b$', '$2y$')}`, 'no-colon'],
})

test('a token, a token as any user’s password, and each login pass', async () => {
  const { ask } = ruleFor(some)
  const shown = ['Bearer old-token', 'bearer  new-token', basic('anybody:new-token')]
  shown.push(basic('ann:plain word'), basic('bob:with:colon'), basic('cy:horse'), basic('cy:horse'))
  for (const header of shown) expect([header, (await ask(header)).status]).toEqual([header, 200])
})

test('everything else is asked for a login', async () => {
  const { ask } = ruleFor(some)
  const shown: (string | null)[] = [
    null,
    '',
    'Bearer',
    'Bearer old-toke',
    'Basic',
    'Basic !!!',
    'x y',
  ]
  shown.push(basic('ann:plain'), basic('ann'), basic(':'), basic('cy:mule'), basic('bob:with'))
  shown.push(
    basic('dora:plain word'),
    basic(`cy:${bcrypt}`),
    'Bearer plain word',
    'Bearer undefined',
  )
  shown.push(basic('no-colo:no-colon'), basic('no-colon:'), basic('no-colon:no-colon'))
  for (const header of shown) {
    const answer = await ask(header)
    expect([header, answer.status]).toEqual([header, 401])
    expect(answer.headers.get('www-authenticate')).toBe('Basic realm="topz", charset="UTF-8"')
  }
})

test('a probe needs no login', async () => {
  const { ask } = ruleFor(some)
  expect((await ask(null, '/healthz')).status).toBe(200)
  expect((await ask(null, '/healthz/')).status).toBe(401)
})

test('a secret that is taken back lets nobody in any more, a new one at once', async () => {
  let tokens = ['one']
  let digest = `cy:${bcrypt}`
  const { ask } = ruleFor(() => ({ tokens, logins: [digest] }))
  expect((await ask('Bearer one')).status).toBe(200)
  expect((await ask(basic('cy:horse'))).status).toBe(200)
  tokens = ['two']
  digest = `cy:${await Bun.password.hash('mule', { algorithm: 'bcrypt', cost: 4 })}`
  expect((await ask('Bearer one')).status).toBe(401)
  expect((await ask('Bearer two')).status).toBe(200)
  expect((await ask(basic('cy:horse'))).status).toBe(401)
  expect((await ask(basic('cy:mule'))).status).toBe(200)
})

test('secrets that cannot be read let nobody in, and the log says so once', async () => {
  const { ask, errors } = ruleFor(() => {
    throw new Error('Cannot use --token-file t: it is not there; make it')
  })
  expect((await ask('Bearer old-token')).status).toBe(503)
  expect((await ask(null)).status).toBe(503)
  expect((await ask(null, '/healthz')).status).toBe(200)
  expect(errors).toEqual([
    'nobody may ask until the secrets can be read: Error: Cannot use --token-file t: it is not there; make it',
  ])
})

test('many who log in at once with slow digests do not take all of the CPU', async () => {
  const slow = await Bun.password.hash('horse', { algorithm: 'bcrypt', cost: 8 })
  const { ask } = ruleFor(() => ({ tokens: [], logins: [`cy:${slow}`] }))
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, index) => ask(basic(`cy:guess ${index}`))),
  )
  const statuses = answers.map(({ status }) => status)
  expect(statuses.filter((status) => status === 401)).toHaveLength(4)
  expect(statuses.filter((status) => status === 503)).toHaveLength(16)
  expect((await ask(basic('cy:horse'))).status).toBe(200)
})
