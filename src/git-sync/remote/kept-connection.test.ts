import { expect, test } from 'bun:test'
import type { Clock } from '#kit/clock.ts'
import { makeCertificate } from '#test/fixtures/certificate.ts'
import { needs } from '#test/fixtures/needs.ts'
import { temporaryFolder } from '#test/fixtures/temp.ts'
import { until } from '#test/fixtures/until.ts'
import { KeptConnection } from './kept-connection.ts'
import { chunkedAnswer, lengthAnswer, type RawAnswer, RawHost } from './raw-host-for-tests.ts'

const { test: withOpenssl } = needs('openssl')

const clock: Clock = { nowMs: () => 0, monotonicMs: () => 0, sleep: async () => {} }
const request = Buffer.from('GET /x HTTP/1.1\r\nhost: x\r\n\r\n')
const plain: RawAnswer = { pieces: [lengthAnswer(Buffer.from('yes'))] }

/** Asks and gives the body, or the name of the error. */
function asking({ port }: RawHost, tls: Bun.TLSOptions | null = null, hostname = '127.0.0.1') {
  const connection = new KeptConnection({ hostname, port, tls, clock })
  return (stop = new AbortController().signal): Promise<string> =>
    connection.ask(request, stop).then(
      ({ body }) => Buffer.from(body).toString(),
      (error: Error) => error.name,
    )
}

test('questions share a connection', async () => {
  using host = new RawHost(() => plain)
  const ask = asking(host)
  for (let round = 0; round < 3; round++) expect(await ask()).toBe('yes')
  expect({ connections: host.connections, requests: host.requests.length }).toEqual({
    connections: 1,
    requests: 3,
  })
})

test('an answer that comes byte by byte is the same one', async () => {
  const bytes = chunkedAnswer(Buffer.from('byte by byte'), { sizes: [1, 2, 3] })
  using host = new RawHost(() => ({ pieces: [...bytes].map((byte) => Uint8Array.of(byte)) }))
  const ask = asking(host)
  for (let round = 0; round < 2; round++) expect(await ask()).toBe('byte by byte')
  expect(host.connections).toBe(1)
})

test('a connection that the host has ended meanwhile is replaced', async () => {
  using host = new RawHost(() => plain)
  const ask = asking(host)
  for (let round = 0; round < 3; round++) {
    expect(await ask()).toBe('yes')
    host.closeAll()
    // With and without the end having been seen here.
    if (round === 1) await until(() => (host.open === 0 ? true : null))
  }
  expect(host.requests.map(({ connection }) => connection)).toEqual([0, 1, 2])
})

test('a kept connection that ends instead of an answer is replaced once, a new one is not', async () => {
  let isDying = false
  using host = new RawHost(({ connection }) =>
    isDying || connection > 1 ? { pieces: [], closes: true } : plain,
  )
  const ask = asking(host)
  expect(await ask()).toBe('yes')
  isDying = true
  expect(await ask()).toBe('NoAnswer')
  expect(host.requests.map(({ connection }) => connection)).toEqual([0, 0, 1])
  expect(await ask()).toBe('NoAnswer')
  expect(host.requests).toHaveLength(4)
})

test('an answer that breaks off is an error, and the next question gets a new connection', async () => {
  const half = { pieces: [lengthAnswer(Buffer.from('half')).subarray(0, -2)], closes: true }
  using host = new RawHost(({ connection }) => (connection === 0 ? half : plain))
  const ask = asking(host)
  expect(await ask()).toBe('Error')
  expect(await ask()).toBe('yes')
  expect(host.requests).toHaveLength(2)
})

test('after an answer that says so, or that nobody reads to its end, there is a new connection', async () => {
  const answers = [
    { pieces: [lengthAnswer(Buffer.from('yes'), ['Connection: close'])] },
    { pieces: [Buffer.from('HTTP/1.1 404 No\r\nContent-Length: 3\r\n\r\n')] },
    plain,
  ]
  using host = new RawHost(({ connection }) => answers[connection] ?? plain)
  const ask = asking(host)
  expect([await ask(), await ask(), await ask()]).toEqual(['yes', '', 'yes'])
  expect(host.connections).toBe(3)
})

test('a host that speaks without being asked is not believed', async () => {
  using host = new RawHost(() => plain)
  const ask = asking(host)
  expect(await ask()).toBe('yes')
  host.sayToAll(lengthAnswer(Buffer.from('no!')).toString())
  await until(() => (host.open === 0 ? true : null))
  expect(await ask()).toBe('yes')
  expect(host.connections).toBe(2)
})

test('who stops waits no longer, whatever the host does, and may ask again', async () => {
  let isSilent = true
  const pieces = [Buffer.from('HTTP/1.1 200 OK\r\nContent-Le')]
  using host = new RawHost(() => (isSilent ? { pieces } : plain))
  const ask = asking(host)
  const stop = new AbortController()
  const waiting = ask(stop.signal)
  await until(() => (host.requests.length === 1 ? true : null))
  stop.abort(new RangeError('enough'))
  expect(await waiting).toBe('RangeError')
  expect(await ask(stop.signal)).toBe('RangeError')
  isSilent = false
  expect(await ask()).toBe('yes')
  expect(host.requests).toHaveLength(2)
})

test('an unreachable host is an error', async () => {
  const host = new RawHost(() => plain)
  const ask = asking(host)
  host[Symbol.dispose]()
  expect(await ask()).not.toBe('yes')
})

withOpenssl('over TLS nothing is said to a host that is not the right one', async () => {
  await using folder = temporaryFolder()
  const { certificate, key } = await makeCertificate(folder)
  const [cert, secret] = [await Bun.file(certificate).text(), await Bun.file(key).text()]
  using host = new RawHost(() => plain, { tls: { cert, key: secret } })
  const trusting = { rejectUnauthorized: true, ca: cert }
  const ask = asking(host, trusting)
  for (let round = 0; round < 2; round++) expect(await ask()).toBe('yes')
  expect(await asking(host, trusting, 'localhost')()).toBe('yes')
  expect(await asking(host, { rejectUnauthorized: false })()).toBe('yes')
  expect(host.connections).toBe(3)
  const said = host.requests.length
  expect(await asking(host, { rejectUnauthorized: true })()).not.toBe('yes')
  const another = { ...trusting, serverName: 'another.invalid' }
  expect(await asking(host, another)()).not.toBe('yes')
  expect(host.requests).toHaveLength(said)
})
