import { expect, test } from 'bun:test'
import { generateKeyPairSync } from 'node:crypto'
import { createLog } from '#kit/log.ts'
import { type GithubAppOptions, githubAppCredential } from './github-app.ts'

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const pem = privateKey.export({ type: 'pkcs1', format: 'pem' }).toString()
const minute = 60_000

/** Both clocks of this machine: the one on the wall, and the one that nobody sets. */
const time = { wall: Date.UTC(2026, 0, 1), monotonic: 5 }
const clock = { nowMs: () => time.wall, monotonicMs: () => time.monotonic, sleep: async () => {} }
const log = createLog({ verbosity: 9, clock, write: () => {} })

interface Github extends Disposable {
  readonly url: string
  requests: number
  /** How far its clock is ahead of ours. */
  aheadMs: number
  answer: () => Response
}

/** Its tokens are called `token-1`, `token-2` and so on, and last an hour. */
function startGithub(): Github {
  const github: Github = {
    url: '',
    requests: 0,
    aheadMs: 0,
    answer() {
      const nowMs = time.wall + github.aheadMs
      const body = {
        token: `token-${github.requests}`,
        expires_at: new Date(nowMs + 60 * minute).toISOString(),
      }
      const headers = { date: new Date(nowMs).toUTCString() }
      return Response.json(body, { status: 201, headers })
    },
    [Symbol.dispose]: () => void server.stop(true),
  }
  const server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    fetch() {
      github.requests++
      return github.answer()
    },
  })
  return Object.assign(github, { url: server.url.origin })
}

function open(github: Github, options: Partial<GithubAppOptions> = {}) {
  const counts: string[] = []
  const credential = githubAppCredential({
    url: 'https://host',
    baseUrl: github.url,
    issuer: 'app',
    installationId: 1,
    privateKey: pem,
    env: {},
    clock,
    log,
    counts: { githubTokenAsked: (status) => void counts.push(status) },
    ...options,
  })
  const password = async (): Promise<string | undefined> =>
    (await credential.refresh()).logins?.[0]?.password
  return { credential, counts, password }
}

function pass(ms: number): void {
  time.wall += ms
  time.monotonic += ms
}

test('a token is the login of the URL until half a minute before its end', async () => {
  using github = startGithub()
  const { credential, counts, password } = open(github)
  const login = { url: 'https://host', username: '-', password: 'token-1' }
  expect(await credential.refresh()).toEqual({ logins: [login] })
  pass(59.4 * minute)
  expect(await password()).toBe('token-1')
  pass(0.2 * minute)
  expect(await password()).toBe('token-2')
  expect(counts).toEqual(['success', 'success'])
})

test('a wall clock that jumps makes no token last longer', async () => {
  using github = startGithub()
  const { password } = open(github)
  await password()
  time.wall -= 300 * minute
  pass(60 * minute)
  expect(await password()).toBe('token-2')
  time.wall += 300 * minute
  expect(await password()).toBe('token-3')
  pass(59 * minute)
  expect(await password()).toBe('token-3')
})

test('a token lasts as long as GitHub says by its own clock', async () => {
  for (const aheadMs of [-20 * minute, 20 * minute]) {
    using github = startGithub()
    github.aheadMs = aheadMs
    const { password } = open(github)
    await password()
    pass(59 * minute)
    expect(await password()).toBe('token-1')
    pass(minute)
    expect(await password()).toBe('token-2')
  }
})

test('a request that fails is counted and tried again the next time', async () => {
  using github = startGithub()
  const good = github.answer
  const { counts, password } = open(github)
  const answers: readonly (readonly [Response, why: string])[] = [
    [new Response('nonsense', { status: 500 }), 'GitHub answered 500 and not 201; look at GitHub'],
    [new Response('nonsense', { status: 201 }), 'no token with an end; check --github-base-url'],
    [Response.json({ token: 'x' }, { status: 201 }), 'no token with an end'],
    [
      Response.json({ expires_at: '2026-01-01T00:00:00Z' }, { status: 201 }),
      'no token with an end',
    ],
    [Response.json(null, { status: 201 }), 'no token with an end'],
    [Response.json({ message: 'Gone' }, { status: 404 }), 'GitHub answered 404 (Gone) and not 201'],
    [Response.json({ token: 'x', expires_at: 'y' }), 'GitHub answered 200 and not 201'],
  ]
  for (const [answer, why] of answers) {
    github.answer = () => answer
    const error = await password().catch((cause: unknown) => cause)
    expect(error).toBeInstanceOf(Error)
    expect((error as Error).message).toBe('Cannot get a token for the GitHub app')
    expect(String((error as Error).cause)).toContain(why)
  }
  github.answer = good
  expect(await password()).toBe(`token-${answers.length + 1}`)
  expect(counts).toEqual([...answers.map(() => 'error'), 'success'])
})

test('an app without a key that can be used asks nobody', async () => {
  using github = startGithub()
  for (const privateKey of ['', 'no key', { file: '/none' }]) {
    const { counts, password } = open(github, { privateKey })
    const error = await password().catch((cause: unknown) => cause)
    expect(String((error as Error).cause)).toMatch(/Cannot (use|read) .*GITHUB.*|Cannot .*--github/)
    expect(counts).toEqual(['error'])
  }
  expect(github.requests).toBe(0)
})
