import { afterAll, expect, setDefaultTimeout } from 'bun:test'
import type { Login } from '#git-sync/git/auth.ts'
import { noAuth } from '#git-sync/git/auth.ts'
import { Git } from '#git-sync/git/git.ts'
import type { Setting } from '#git-sync/git/git-config.ts'
import { openLsRemote } from '#git-sync/remote/ls-remote.ts'
import { openRemote } from '#git-sync/remote/open-remote.ts'
import { chunkedAnswer, type RawAnswer, RawHost } from '#git-sync/remote/raw-host-for-tests.ts'
import type { Remote } from '#git-sync/remote/remote.ts'
import { systemClock } from '#kit/clock.ts'
import { createLog } from '#kit/log.ts'
import { startGitHttp } from '#test/fixtures/git-http.ts'
import { needs } from '#test/fixtures/needs.ts'
import { createRepository } from '#test/fixtures/repository.ts'
import { until } from '#test/fixtures/until.ts'

const { test } = needs('nginx', 'fcgiwrap', 'openssl')

setDefaultTimeout(60_000)

const repository = await createRepository()
const first = await repository.resolve()
await repository.publish({ 'index.html': 'two\n' })
await repository.tag('light', { at: first })
await repository.tag('heavy', { at: first, message: 'a tag of its own' })
await repository.tag('main', { at: first })
await repository.branch('feature/main', first)
const open = await startGitHttp(repository)
const closed = await startGitHttp(repository, { user: 'ann', password: 'right' })
const secure = await startGitHttp(repository, { tls: true })
const fronts = [front(open.url), front(closed.url)]
afterAll(async () => {
  for (const server of fronts) server.stop(true)
  wire[Symbol.dispose]()
  await Promise.all([open.stop(), closed.stop(), secure.stop(), repository.remove()])
})

type Change = (response: Response) => Response | Promise<Response>

/** What a host may do to answers, by the first part of its path. */
const changes: Readonly<Record<string, Change>> = {
  plain: (response) => response,
  zipped: async (response) =>
    new Response(Bun.gzipSync(await response.arrayBuffer()), {
      status: response.status,
      headers: { ...Object.fromEntries(response.headers), 'content-encoding': 'gzip' },
    }),
  closing: (response) => withHeaders(response, { connection: 'close' }),
  cut: async (response) => withBody(response, Buffer.from(await response.bytes()).subarray(0, -6)),
  html: () => new Response('<html>sign in</html>', { headers: { 'content-type': 'text/html' } }),
  gone: () => new Response('gone', { status: 404 }),
  broken: () => new Response('broken', { status: 500 }),
  damaged: async (response) =>
    withBody(response, Buffer.from((await response.bytes()).map((byte) => byte ^ 1))),
}

function withHeaders(response: Response, headers: Record<string, string>): Response {
  const { status, body } = response
  return new Response(body, {
    status,
    headers: { ...Object.fromEntries(response.headers), ...headers },
  })
}

function withBody({ status, headers }: Response, body: Uint8Array<ArrayBuffer>): Response {
  return new Response(body, {
    status,
    headers: { 'content-type': headers.get('content-type') ?? '' },
  })
}

/** Stands before a server and changes what it says: `/KIND/site.git`. */
function front(behind: string): Bun.Server<undefined> {
  return Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    async fetch(request) {
      const { pathname, search } = new URL(request.url)
      const [, kind = '', ...rest] = pathname.split('/')
      const path = rest.slice(1).join('/')
      if (kind === 'moved') return redirect(`/plain/site.git/${path}${search}`)
      if (kind === 'circle') return redirect(`${pathname}${search}`)
      if (kind === 'away') return redirect(`${open.url}/${path}${search}`)
      const headers = new Headers(request.headers)
      headers.delete('host')
      if (kind === 'old') headers.delete('git-protocol')
      const response = await fetch(`${behind}/${path}${search}`, {
        method: request.method,
        headers,
        body: request.method === 'POST' ? await request.bytes() : null,
        redirect: 'manual',
      })
      return (changes[kind] ?? plain)(response)
    },
  })
}

const plain: Change = (response) => response

/** How a host may put an answer on the wire, by the first part of its path. */
const wires: Readonly<Record<string, (type: string, body: Buffer) => RawAnswer>> = {
  bytewise: (type, body) => ({ pieces: [...chunked(type, body)].map((byte) => Buffer.of(byte)) }),
  once: (type, body) => ({ pieces: [chunked(type, body)], closes: true }),
  ancient: (type, body) => ({
    pieces: [Buffer.from(`HTTP/1.0 200 OK\r\nContent-Type: ${type}\r\n\r\n`), body],
    closes: true,
  }),
  continued: (type, body) => ({
    pieces: [Buffer.from('HTTP/1.1 100 Continue\r\n\r\n'), chunked(type, body)],
  }),
  halved: (type, body) => ({ pieces: [chunked(type, body).subarray(0, -9)], closes: true }),
  'bad-chunk': (type, body) => ({
    pieces: [
      Buffer.from(
        chunked(type, body)
          .toString('latin1')
          .replace(/0\r\n\r\n$/, 'x\r\n'),
      ),
    ],
    closes: true,
  }),
  silent: () => ({ pieces: [], closes: true }),
}

function chunked(type: string, body: Buffer): Buffer {
  return chunkedAnswer(body, { sizes: [7, 50], fields: [`Content-Type: ${type}`] })
}

/** The same repository behind a host that says each byte itself. */
const wire = new RawHost(async ({ method, target, head, body }) => {
  const [, kind = '', ...rest] = target.split('/')
  const headers = new Headers(
    head.split('\n').map((line) => line.split(/: */, 2) as [string, string]),
  )
  for (const name of ['host', 'accept-encoding', 'connection']) headers.delete(name)
  const response = await fetch(`${open.url}/${rest.slice(1).join('/')}`, {
    method,
    headers,
    body: method === 'POST' ? body : null,
  })
  const type = response.headers.get('content-type') ?? ''
  const make = wires[kind] ?? wires.once
  return make?.(type, Buffer.from(await response.arrayBuffer())) ?? { pieces: [] }
})

function redirect(location: string): Response {
  return new Response('', { status: 302, headers: { location } })
}

interface Case {
  readonly url: string
  readonly ref: string
  readonly settings?: readonly Setting[]
  readonly logins?: readonly Login[]
}

interface Told {
  /** What both ways said: a commit under a name, or that there is none. */
  readonly here: string
  readonly byGit: string
  /** Why git was asked, or null when it was not. */
  readonly why: string | null
}

/** Asks both ways twice; a kept connection and what was learned must not change the answer. */
async function askBoth({ url, ref, settings = [], logins = [] }: Case): Promise<readonly Told[]> {
  const lines: string[] = []
  const log = createLog({ verbosity: 0, clock: systemClock, write: (line) => lines.push(line) })
  const env = { PATH: process.env.PATH, HOME: '/nowhere' }
  const stop = new AbortController().signal
  const auth = { ...noAuth, logins }
  const git = new Git({ program: 'git', env, root: '/', log, stop, auth, settings })
  const remote = openRemote({ url, git, syncTimeoutMs: 60_000, log, clock: systemClock })
  const lsRemote = openLsRemote(url)
  const results: Told[] = []
  for (let round = 0; round < 2; round++) {
    results.push({
      here: await told(remote({ git, auth, stop }), ref),
      byGit: await told(lsRemote({ git, auth, stop }), ref),
      why: lines.map((line) => JSON.parse(line)).find(({ why }) => why)?.why ?? null,
    })
  }
  return results
}

function told(remote: Remote, ref: string): Promise<string> {
  return remote.tip(ref).then(
    ({ ref: name, commit }) => `${commit} ${name}`,
    (error: Error) => error.message.replace(/after \d+ ms/, 'after some ms'),
  )
}

const refs = ['HEAD', 'main', 'refs/heads/main', 'light', 'heavy', 'feature/main', 'nowhere', 'mai']
const right: Login = { url: 'http://127.0.0.1', username: 'ann', password: 'right' }

function loginAt(url: string, password = 'right'): Login {
  return { ...right, url: new URL(url).origin, password }
}

test('an ordinary host is asked in this process, and says of each ref what it says to git', async () => {
  for (const ref of refs.filter((name) => !['nowhere', 'mai'].includes(name))) {
    for (const { here, byGit, why } of await askBoth({ url: open.url, ref })) {
      expect({ here, why }).toEqual({ here: byGit, why: null })
    }
  }
  const sha = await askBoth({ url: closed.url, ref: 'main', logins: [loginAt(closed.url)] })
  for (const { here, byGit, why } of sha) expect({ here, why }).toEqual({ here: byGit, why: null })
})

test('from the second poll on it is one request on one connection', async () => {
  const { url } = closed
  const before = (await closed.requests()).length
  const stop = new AbortController().signal
  const log = createLog({ verbosity: 0, clock: systemClock, write() {} })
  const auth = { ...noAuth, logins: [loginAt(url)] }
  const git = new Git({ program: 'git', env: { PATH: '/nowhere' }, root: '/', log, stop, auth })
  const remote = openRemote({ url, git, syncTimeoutMs: 60_000, log, clock: systemClock })
  for (let poll = 0; poll < 20; poll++) await remote({ git, auth, stop }).tip('HEAD')
  const requests = await until(
    async () => {
      const since = (await closed.requests()).slice(before)
      return since.length === 21 ? since : null
    },
    { what: '21 requests in the log' },
  )
  expect(requests.map(({ method }) => method)).toEqual(['GET', ...Array(20).fill('POST')])
  expect(requests.every(({ status, protocol }) => status === 200 && protocol === 'version=2')).toBe(
    true,
  )
  expect(new Set(requests.map(({ connection }) => connection)).size).toBe(1)
})

test('a certificate is trusted as git would trust it', async () => {
  const url = secure.url
  const settings: Setting[] = [['http.sslCAInfo', secure.certificate ?? '']]
  for (const { here, byGit, why } of await askBoth({ url, ref: 'main', settings })) {
    expect({ here, why }).toEqual({ here: byGit, why: null })
  }
  const [unknown] = await askBoth({ url, ref: 'main' })
  expect(unknown?.here).toContain('certificate')
  expect(unknown?.here).toBe(unknown?.byGit ?? '')
  const careless: Setting[] = [['http.sslVerify', 'false']]
  const [trusting] = await askBoth({ url, ref: 'main', settings: careless })
  expect(trusting).toMatchObject({ here: trusting?.byGit, why: null })
})

test('however the host puts its answer on the wire, it is the one of git ls-remote', async () => {
  const here: string[] = []
  for (const kind of Object.keys(wires)) {
    for (const one of await askBoth({ url: `${wire.origin}/${kind}/site.git`, ref: 'heavy' })) {
      expect({ kind, here: one.here }).toEqual({ kind, here: one.byGit })
      if (one.why === null && !one.here.startsWith('Cannot')) here.push(kind)
    }
  }
  expect(new Set(here)).toEqual(new Set(['bytewise', 'once', 'ancient', 'continued']))
})

test('whatever the host does and the settings say, the answer is the one of git ls-remote', async () => {
  const kinds = [
    ...Object.keys(changes),
    'moved',
    'circle',
    'away',
    'old',
    'plain',
    'zipped',
    'moved',
  ]
  const settings: readonly (readonly Setting[])[] = [
    [],
    [],
    [['http.extraHeader', 'X-Some: thing']],
    [['http.proxy', '']],
    [['http.proxy', 'http://127.0.0.1:1']],
    [['protocol.version', '0']],
    [['url.http://127.0.0.1:1/.insteadOf', 'http://127.0.0.1']],
    [['http.followRedirects', 'false']],
    [['core.autocrlf', 'true']],
  ]
  let seed = 11
  const pick = <T>(from: readonly T[]): T => {
    seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31
    return from[Math.floor((seed / 2 ** 31) * from.length)] as T
  }
  let inProcess = 0
  for (let round = 0; round < 60; round++) {
    const server = pick(fronts)
    const url = `http://127.0.0.1:${server?.port}/${pick(kinds)}/site.git${pick(['', '/'])}`
    const logins = pick([[], [loginAt(url)], [loginAt(url)], [loginAt(url, 'wrong')]])
    const one: Case = { url, ref: pick(refs), settings: pick(settings), logins }
    for (const { here, byGit, why } of await askBoth(one)) {
      expect({ ...one, here }).toEqual({ ...one, here: byGit })
      if (why === null && !here.startsWith('Cannot')) inProcess++
    }
  }
  expect(inProcess).toBeGreaterThan(9)
})
