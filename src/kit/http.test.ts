import { afterEach, describe, expect, test } from 'bun:test'
import { connect, type Socket } from 'node:net'
import { type Handler, type HttpServer, line, parseBind, routes, serve } from './http.ts'
import type { Fields } from './log.ts'

let server: HttpServer | null = null
const errors: Fields[] = []

async function start(
  handler: Handler,
  { bind = '127.0.0.1:0', ownLimit }: { bind?: string; ownLimit?: readonly string[] } = {},
): Promise<string> {
  errors.length = 0
  const log = { error: (_message: string, fields: Fields = {}) => void errors.push(fields) }
  const limits = { bodyBytes: 1024, ...(ownLimit ? { ownLimit } : {}) }
  server = await serve({ bind, flag: 'addr', handler, log, limits })
  return `http://127.0.0.1:${server.port}`
}

/** A connection on which these bytes were sent. */
function connection(base: string, bytes: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(base).port), '127.0.0.1', () => {
      socket.write(bytes, () => resolve(socket))
    })
    socket.on('error', reject)
  })
}

/** All that the server says to these bytes until it closes the connection. */
async function spoken(base: string, bytes: string): Promise<string> {
  const socket = await connection(base, bytes)
  let said = ''
  for await (const chunk of socket) said += chunk
  return said
}

afterEach(async () => {
  await server?.close({ graceMs: 0 })
  server = null
})

describe('an address', () => {
  test('is a host and a port, brackets around IPv6', () => {
    expect(parseBind('0.0.0.0:8080')).toEqual({ hostname: '0.0.0.0', port: 8080 })
    expect(parseBind(':8080')).toEqual({ hostname: '', port: 8080 })
    expect(parseBind('[::1]:80')).toEqual({ hostname: '::1', port: 80 })
    expect(parseBind('localhost:0')).toEqual({ hostname: 'localhost', port: 0 })
  })

  test('of another form is refused with the form to use', () => {
    for (const bind of ['', '8080', 'host', '::1:80', 'a:b', 'a:70000', 'a:-1', 'a:1 ']) {
      expect(() => parseBind(bind)).toThrow(/Cannot listen on ".*": it is no address; the form is/)
    }
  })
})

describe('a server', () => {
  test('says where it listens and answers there', async () => {
    const base = await start((_request, { path, query, remote }) =>
      line(200, `${path} ${query.get('n')} ${remote}`),
    )
    expect(server?.address).toBe(`127.0.0.1:${server?.port}`)
    const response = await fetch(`${base}/a%20b?n=1`)
    expect(await response.text()).toBe('/a b 1 127.0.0.1\n')
    expect(response.headers.get('x-content-type-options')).toBe('nosniff')
  })

  test('on :PORT answers on every address', async () => {
    const base = await start(() => line(200, 'here'), { bind: ':0' })
    expect(await (await fetch(base)).text()).toBe('here\n')
  })

  test('refuses a taken port in one sentence', async () => {
    await start(() => line(200, ''))
    const bind = `127.0.0.1:${server?.port}`
    const second = serve({ bind, flag: 'addr', handler: () => line(200, ''), log: console })
    await expect(second).rejects.toThrow(
      `Cannot listen on ${bind}: the port is taken; choose another with --addr`,
    )
  })

  test("refuses an address that is not this machine's", async () => {
    const foreign = serve({ bind: '192.0.2.1:0', handler: () => line(200, ''), log: console })
    await expect(foreign).rejects.toThrow('Cannot listen on 192.0.2.1:0: this machine has no such')
  })

  test('turns what a handler throws into a 500 of one line and one line of log', async () => {
    const base = await start(() => {
      throw new Error('secret detail')
    })
    const response = await fetch(`${base}/x`)
    expect(response.status).toBe(500)
    expect(await response.text()).toBe('Something went wrong here; the log says what\n')
    expect(errors).toEqual([{ method: 'GET', path: '/x', error: new Error('secret detail') }])
  })

  test('answers 413 to a body and 431 to headers that are too large', async () => {
    const base = await start(async (request) => line(200, await request.text()))
    const body = await fetch(base, { method: 'POST', body: 'x'.repeat(2000) })
    expect(body.status).toBe(413)
    const headers = await fetch(base, { headers: { 'x-large': 'y'.repeat(40_000) } })
    expect(headers.status).toBe(431)
  })

  test('hands a path with its own limit each body piece by piece, and refuses others', async () => {
    const read = async (request: Request): Promise<Response> => {
      let bytes = 0
      for await (const chunk of request.body ?? []) bytes += chunk.length
      return line(200, `${bytes}`)
    }
    const base = await start(read, { ownLimit: ['/large'] })
    const post = async (path: string, body: string | ReadableStream): Promise<string> => {
      const response = await fetch(`${base}${path}`, { method: 'POST', body })
      return `${response.status} ${(await response.text()).trimEnd()}`
    }
    const endless = (): ReadableStream =>
      new ReadableStream({
        async pull(to) {
          await Bun.sleep(1)
          to.enqueue(new Uint8Array(100_000))
          to.close()
        },
      })
    expect(await post('/large', 'x'.repeat(100_000))).toBe('200 100000')
    expect(await post('/large', endless())).toBe('200 100000')
    expect(await post('/small', 'x'.repeat(1000))).toBe('200 1000')
    expect(await post('/small', 'x'.repeat(2000))).toBe('413 The body is too large')
    expect(await post('/small', endless())).toBe('411 This takes a known length only')
  })

  test('answers 400 to a path that does not decode', async () => {
    const base = await start(() => line(200, 'fine'))
    expect((await fetch(`${base}/%ff`)).status).toBe(400)
  })

  test('answers a probe of HTTP/1.0, which names no host', async () => {
    const base = await start((request, { path, query }) =>
      line(200, `${request.method} ${path} ${query}`),
    )
    expect(await spoken(base, 'OPTIONS /a%20b?n=1 HTTP/1.0\r\n\r\n')).toEndWith(
      '\r\n\r\nOPTIONS /a b n=1\n',
    )
    expect(await spoken(base, 'GET //a HTTP/1.0\r\n\r\n')).toEndWith('\r\n\r\nGET //a \n')
  })

  test('answers requests that come at once in their order', async () => {
    const base = await start((_request, { path }) => line(200, `${path}.`))
    const request = (path: string, more = '') => `GET ${path} HTTP/1.1\r\nHost: h\r\n${more}\r\n`
    const said = await spoken(
      base,
      request('/a') + request('/b') + request('/c', 'Connection: close\r\n'),
    )
    expect(said.match(/\/[abc]\./g)).toEqual(['/a.', '/b.', '/c.'])
  })

  test('refuses in one line what is two requests to some and one to others', async () => {
    const base = await start(() => line(200, 'fine'))
    const twice = 'Host: h\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'
    expect(await spoken(base, `POST / HTTP/1.1\r\n${twice}`)).toStartWith('HTTP/1.1 400 ')
    expect(await spoken(base, 'nonsense\r\n\r\n')).toStartWith('HTTP/1.1 400 ')
  })

  test('answers others while a thousand connections send nothing whole', async () => {
    const base = await start(() => line(200, 'here'))
    const slow = await Promise.all(
      Array.from({ length: 1000 }, () => connection(base, 'GET / HTTP/1.1\r\nHo')),
    )
    expect(await (await fetch(base)).text()).toBe('here\n')
    for (const socket of slow) socket.destroy()
  })

  test('closes within its grace even while a request hangs', async () => {
    const base = await start(() => new Promise<Response>(() => {}))
    const hanging = fetch(base).catch(() => 'cut')
    await Bun.sleep(50)
    const before = performance.now()
    await server?.close({ graceMs: 100 })
    expect(performance.now() - before).toBeLessThan(1000)
    expect(await hanging).toBe('cut')
  })
})

describe('routes', () => {
  const handler = routes({
    '/': { GET: () => line(200, 'root') },
    '/push': { POST: () => line(202, 'taken') },
  })

  test('go by exact path and by method', async () => {
    const base = await start(handler)
    expect(await (await fetch(`${base}/?x=1`)).text()).toBe('root\n')
    expect((await fetch(`${base}/push`, { method: 'POST' })).status).toBe(202)
    expect((await fetch(`${base}/push/`, { method: 'POST' })).status).toBe(404)
    expect((await fetch(`${base}/constructor`)).status).toBe(404)
  })

  test('answer HEAD as GET without a body', async () => {
    const base = await start(handler)
    const response = await fetch(base, { method: 'HEAD' })
    expect(response.status).toBe(200)
    expect(response.headers.get('content-length')).toBe('5')
    expect(await response.text()).toBe('')
  })

  test('answer 405 with Allow to another method', async () => {
    const base = await start(handler)
    const wrong = await fetch(base, { method: 'OPTIONS' })
    expect(wrong.status).toBe(405)
    expect(wrong.headers.get('allow')).toBe('GET, HEAD')
    expect((await fetch(`${base}/push`)).headers.get('allow')).toBe('POST')
  })
})
