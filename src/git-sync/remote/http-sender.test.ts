import { expect, test } from 'bun:test'
import type { Setting } from '#git-sync/git/git-config.ts'
import { systemClock } from '#kit/clock.ts'
import { HttpSender } from './http-sender.ts'
import { chunkedAnswer, lengthAnswer, type RawAnswer, RawHost } from './raw-host-for-tests.ts'

const body = Buffer.from('the refs')

interface Question {
  readonly body?: string
  readonly settings?: readonly Setting[]
}

/** Asks as one git-sync does, and gives status and body, or the name of the error. */
function asking(host: RawHost, { body, settings = [] }: Question = {}): () => Promise<string> {
  const sender = new HttpSender({ agent: 'git/2', clock: systemClock })
  const asked = { settings, env: {}, logins: [] }
  const stop = new AbortController().signal
  const sent = body === undefined ? {} : { body }
  return () =>
    sender.send(new URL('/a%20b?c=d', host.origin), { asked, stop, ...sent }).then(
      (reply) => `${reply.status} ${Buffer.from(reply.body)}`,
      (error: Error) => error.name,
    )
}

function raw(text: string, after: Uint8Array = new Uint8Array()): Uint8Array {
  return Buffer.concat([Buffer.from(text.replaceAll('\n', '\r\n')), after])
}

test('a request goes out as it should, by one way and by the other', async () => {
  for (const settings of [[], [['http.extraHeader', 'Accept-Encoding: identity']]] as const) {
    using host = new RawHost(() => ({ pieces: [lengthAnswer(body)] }))
    expect(await asking(host, { settings })()).toBe('200 the refs')
    expect(await asking(host, { settings, body: 'wänted' })()).toBe('200 the refs')
    const [get, post] = host.requests
    expect(get).toMatchObject({ method: 'GET', target: '/a%20b?c=d', body: Buffer.alloc(0) })
    expect(post).toMatchObject({
      method: 'POST',
      target: '/a%20b?c=d',
      body: Buffer.from('wänted'),
    })
    const fields = (post?.head ?? '').toLowerCase().split('\n')
    for (const field of [
      `host: 127.0.0.1:${host.port}`,
      'git-protocol: version=2',
      'user-agent: git/2',
      'content-type: application/x-git-upload-pack-request',
      'accept: application/x-git-upload-pack-result',
      'content-length: 7',
    ]) {
      expect(fields.filter((each) => each === field)).toEqual([field])
    }
  }
})

test('who answers in another way is asked again by fetch, and from then on by fetch alone', async () => {
  const unusual: Readonly<Record<string, RawAnswer>> = {
    'of HTTP/1.0': { pieces: [raw('HTTP/1.0 200 OK\nContent-Length: 8\n\n', body)], closes: true },
    'until the end': { pieces: [raw('HTTP/1.1 200 OK\n\n', body)], closes: true },
    'after 100': { pieces: [raw('HTTP/1.1 100 Continue\n\n'), lengthAnswer(body)] },
    'after 103': { pieces: [raw('HTTP/1.1 103 Early Hints\nLink: x\n\n'), lengthAnswer(body)] },
    zipped: { pieces: [lengthAnswer(Bun.gzipSync(body), ['Content-Encoding: gzip'])] },
    'zipped in chunks': {
      pieces: [
        chunkedAnswer(Bun.gzipSync(body), { sizes: [9], fields: ['Content-Encoding: gzip'] }),
      ],
    },
    'with a trailer': {
      pieces: [raw('HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n8\nthe refs\n0\nX: y\n\n')],
    },
  }
  for (const [what, answer] of Object.entries(unusual)) {
    using host = new RawHost(() => answer)
    const ask = asking(host)
    for (let round = 0; round < 3; round++) {
      expect({ what, answer: await ask() }).toEqual({ what, answer: '200 the refs' })
    }
    expect({ what, requests: host.requests.length }).toEqual({ what, requests: 4 })
  }
})

test('what no client takes for an answer is none', async () => {
  const wrong: Readonly<Record<string, RawAnswer>> = {
    'a head that breaks off': { pieces: [raw('HTTP/1.1 200 OK\nContent-Len')], closes: true },
    'a body that breaks off': { pieces: [lengthAnswer(body).subarray(0, -1)], closes: true },
    'a chunk that is none': {
      pieces: [raw('HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\nzz\n')],
      closes: true,
    },
    'no HTTP': { pieces: [raw('220 mail.example ready\n')], closes: true },
    nothing: { pieces: [], closes: true },
  }
  for (const [what, answer] of Object.entries(wrong)) {
    using host = new RawHost(() => answer)
    const said = await asking(host)()
    expect({ what, said }).not.toEqual({ what, said: '200 the refs' })
    expect({ what, said: said.startsWith('2') }).toEqual({ what, said: false })
  }
})

test('a refusal is an answer: a login that is wrong is not shown twice', async () => {
  const refusal = raw('HTTP/1.1 401 No\nWWW-Authenticate: Basic\nContent-Encoding: gzip\n\n')
  using host = new RawHost(() => ({ pieces: [refusal], closes: true }))
  expect(await asking(host)()).toBe('401 ')
  expect(host.requests).toHaveLength(1)
})

test('a proxy is asked by fetch', async () => {
  using proxy = new RawHost(() => ({ pieces: [lengthAnswer(body)] }))
  using host = new RawHost(() => ({ pieces: [] }))
  const settings: readonly Setting[] = [['http.proxy', proxy.origin]]
  expect(await asking(host, { settings })()).toBe('200 the refs')
  expect(proxy.requests[0]?.target).toStartWith(host.origin)
  expect(host.requests).toHaveLength(0)
})
