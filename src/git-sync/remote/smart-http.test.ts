import { afterEach, expect, test } from 'bun:test'
import type { Clock } from '#kit/clock.ts'
import { encodePackets, flush } from './pkt-line.ts'
import { SmartHttp } from './smart-http.ts'

/** Commits by the name of their repository. */
const commits: Readonly<Record<string, string>> = { one: '1'.repeat(40), two: '2'.repeat(40) }
const advertisement = encodePackets(['version 2\n', 'ls-refs\n', 'object-format=sha1\n', flush])

/** A host whose `/site` and `/site.git` are where `sendsTo` says. */
class Host implements Disposable {
  sendsTo = 'one'
  /** `METHOD PATH` of each request, after the number of its connection. */
  readonly requests: string[] = []
  /** Of answers without an end. */
  sentBytes = 0
  readonly #ports: number[] = []
  readonly #server = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    fetch: (request, server) => {
      const { pathname, search } = new URL(request.url)
      const port = server.requestIP(request)?.port ?? 0
      if (!this.#ports.includes(port)) this.#ports.push(port)
      this.requests.push(`${this.#ports.indexOf(port)} ${request.method} ${pathname}`)
      const [, name = '', ...rest] = pathname.split('/')
      const path = rest.join('/')
      if (name === 'site') {
        return Response.redirect(`${this.origin}/${this.sendsTo}/${path}${search}`)
      }
      const kind = request.method === 'GET' ? 'advertisement' : 'result'
      const headers = { 'content-type': `application/x-git-upload-pack-${kind}` }
      if (name === 'endless') return new Response(this.#endless(), { headers })
      const commit = commits[name.replace(/\.git$/, '')] ?? '3'.repeat(40)
      const refs = encodePackets([`${commit} HEAD\n`, flush])
      return new Response(request.method === 'GET' ? advertisement : refs, { headers })
    },
  })

  get origin(): string {
    return `http://127.0.0.1:${this.#server.port}`
  }

  #endless(): ReadableStream<Uint8Array> {
    const chunk = new Uint8Array(65_536).fill(48)
    return new ReadableStream({
      pull: (to) => {
        this.sentBytes += chunk.length
        to.enqueue(chunk)
      },
    })
  }

  [Symbol.dispose](): void {
    this.#server.stop(true)
  }
}

let timeMs = 0
const clock: Clock = { nowMs: () => timeMs, monotonicMs: () => timeMs, sleep: async () => {} }
afterEach(() => {
  timeMs = 0
})

/** Asks for HEAD as often as it is called. */
function asking(url: string): () => Promise<string | undefined> {
  const http = new SmartHttp({ url, agent: 'git/2', clock })
  const stop = new AbortController().signal
  const asked = { settings: [], env: {}, logins: [] }
  return async () => (await http.refs({ prefixes: ['HEAD'], asked, stop })).get('HEAD')
}

test('a repository that moves from one name to another is followed each time, as git does', async () => {
  using host = new Host()
  const ask = asking(`${host.origin}/site`)
  expect(await ask()).toBe(commits.one)
  host.sendsTo = 'two'
  expect(await ask()).toBe(commits.two)
  expect(host.requests.map((request) => request.slice(2))).toEqual([
    ...['GET /site/info/refs', 'GET /one/info/refs', 'POST /one/git-upload-pack'],
    ...['GET /site/info/refs', 'GET /two/info/refs', 'POST /two/git-upload-pack'],
  ])
})

test('the same name with .git is remembered', async () => {
  using host = new Host()
  host.sendsTo = 'site.git'
  const ask = asking(`${host.origin}/site`)
  for (let round = 0; round < 3; round++) expect(await ask()).toBe('3'.repeat(40))
  expect(host.requests.slice(3).map((request) => request.slice(2))).toEqual([
    'POST /site.git/git-upload-pack',
    'POST /site.git/git-upload-pack',
  ])
})

test('a connection that was silent for a minute is not used again', async () => {
  using host = new Host()
  const ask = asking(`${host.origin}/one`)
  for (const passMs of [0, 59_000, 61_000, 1000, 120_000]) {
    timeMs += passMs
    await ask()
  }
  const connections = host.requests.map((request) => request.slice(0, 6))
  expect(connections).toEqual(['0 GET ', '0 POST', '0 POST', '1 POST', '1 POST', '2 POST'])
})

test('of an answer without an end a few megabytes are read', async () => {
  using host = new Host()
  await expect(asking(`${host.origin}/endless`)()).rejects.toThrow('too many refs')
  expect(host.sentBytes).toBeLessThan(24 << 20)
})
