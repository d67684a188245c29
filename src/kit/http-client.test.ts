import { expect, test } from 'bun:test'
import { keepsLogin, type RequestOptions, request } from './http-client.ts'

const asked = { method: 'GET', timeoutMs: 5_000, redirects: 'follow', env: {} } as const

interface Raw extends Disposable {
  readonly url: string
  /** What came, whole requests in the order of their connections. */
  readonly requests: readonly string[]
}

/** A server that says just these bytes, to whoever has sent something or at once, and closes. */
function says(
  bytes: string,
  { early = false, stays = false }: { early?: boolean; stays?: boolean } = {},
): Raw {
  const requests: string[] = []
  const answer = (socket: Bun.Socket): void => {
    socket.write(bytes)
    if (!stays) socket.end()
  }
  const server = Bun.listen({
    hostname: '127.0.0.1',
    port: 0,
    socket: {
      open(socket) {
        if (early) answer(socket)
      },
      data(socket, data) {
        requests.push(data.toString())
        if (!early) answer(socket)
      },
    },
  })
  return {
    url: `http://127.0.0.1:${server.port}`,
    requests,
    [Symbol.dispose]: () => server.stop(true),
  }
}

async function failure(url: string, options: Partial<RequestOptions> = {}): Promise<string> {
  return request(url, { ...asked, ...options }).then(
    ({ status }) => `answered ${status}`,
    (error: Error) => error.message,
  )
}

test('servers that a shell script is are understood', async () => {
  const login = 'username=ann\npassword=x\n'
  const answers: Record<string, string> = {
    [`HTTP/1.1 200 OK\n\n${login}`]: login,
    [`HTTP/1.1 200 OK\nContent-Type: text/plain\n\n${login}`]: login,
    [`HTTP/1.1 200 OK\nContent-Length: ${login.length}\n\n${login}`]: login,
    [`HTTP/1.1 200 OK\nContent-Type: text/plain\r\n\n${login}`]: login,
    [`HTTP/1.1 200 OK\r\n\r\n${login}`]: login,
    [`HTTP/1.0 200 OK\n\n${login}`]: login,
    [`HTTP/1.1 200\n\n${login}`]: login,
    'HTTP/1.1 200 OK\n\n': '',
    'HTTP/1.0 200 OK\r\n\r\n': '',
  }
  for (const [bytes, body] of Object.entries(answers)) {
    for (const method of ['GET', 'POST']) {
      for (const early of [false, true]) {
        using server = says(bytes, { early })
        const answer = await request(server.url, { ...asked, method })
        expect({ bytes, ...answer }).toMatchObject({ bytes, status: 200, body, isWhole: true })
      }
    }
  }
})

test('an answer that ends before its announced end is none', async () => {
  for (const bytes of ['Content-Length: 100\n\nhalf', 'Transfer-Encoding: chunked\n\n4\r\nhal']) {
    using server = says(`HTTP/1.1 200 OK\n${bytes}`)
    expect(await failure(server.url)).toBe(
      `Cannot reach ${server.url}: it closed the connection before the end of its answer; look at the server`,
    )
  }
})

test('for whom the status is enough, it is one that is not whole', async () => {
  using server = says('HTTP/1.1 200 OK\nContent-Length: 100\n\nhalf')
  const answer = await request(server.url, { ...asked, mayBreakOff: true })
  expect(answer).toMatchObject({ status: 200, isWhole: false })
})

test('each request has a connection of its own', async () => {
  using server = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    fetch: (request, server) => new Response(String(server.requestIP(request)?.port)),
  })
  const { body } = await request(server.url.href, asked)
  expect((await request(server.url.href, asked)).body).not.toBe(body)
})

test('headers go out as they are written, and no body has the length 0', async () => {
  using server = says('HTTP/1.1 201 Created\n\n')
  const headers = { 'Some-Hash': 'abc', 'User-Agent': 'me' }
  await request(`${server.url}/a?b=c`, { ...asked, method: 'POST', headers })
  await request(server.url, { ...asked, method: 'PUT', body: '{}' })
  const [first, second] = server.requests
  expect(first).toStartWith('POST /a?b=c HTTP/1.1\r\n')
  expect(first).toContain('\r\nSome-Hash: abc\r\n')
  expect(first).toContain('\r\nUser-Agent: me\r\n')
  expect(first).toContain('\r\nContent-Length: 0\r\n')
  expect(second).toMatch(/\r\nUser-Agent: sidecars\/\d[^\r]*\r\n/)
  expect(second).toEndWith('\r\nContent-Length: 2\r\n\r\n{}')
})

test('a login in the URL goes into a header', async () => {
  using server = says('HTTP/1.1 200 OK\n\n')
  await request(server.url.replace('//', '//ann:p%40ss@'), asked)
  const login = Buffer.from('ann:p@ss').toString('base64')
  expect(server.requests[0]).toContain(`\r\nAuthorization: Basic ${login}\r\n`)
})

test('a redirect is followed, as GET where the protocol says so', async () => {
  using end = says('HTTP/1.1 200 OK\n\nthere')
  for (const [status, method] of [
    [301, 'GET'],
    [302, 'GET'],
    [303, 'GET'],
    [307, 'POST'],
    [308, 'POST'],
  ] as const) {
    using start = says(`HTTP/1.1 ${status} Go\nLocation: ${end.url}/x\n\n`)
    const options = { ...asked, method: 'POST', headers: { Authorization: 'secret' } }
    expect((await request(start.url, options)).body).toBe('there')
    expect(end.requests.at(-1)).toStartWith(`${method} /x `)
    expect(end.requests.at(-1)).not.toContain('secret')
  }
})

test('a login stays with its host, and is never sent without encryption after it was', () => {
  const keeps = (from: string, to: string): boolean => keepsLogin(new URL(from), new URL(to))
  expect(keeps('https://host/a', 'https://HOST:443/b')).toBe(true)
  expect(keeps('http://host/a', 'https://host/b')).toBe(true)
  expect(keeps('https://host/a', 'http://host/a')).toBe(false)
  expect(keeps('https://host/a', 'https://host:8443/a')).toBe(false)
  expect(keeps('https://host/a', 'https://sub.host/a')).toBe(false)
})

test('a redirect that is refused is the answer', async () => {
  using server = says('HTTP/1.1 302 Found\nLocation: /else\n\nbody')
  const answer = await request(server.url, { ...asked, redirects: 'refuse' })
  expect(answer).toMatchObject({ status: 302, body: 'body' })
  expect(server.requests).toHaveLength(1)
})

test('redirects in a circle, and to what is no URL, end', async () => {
  using circle = says('HTTP/1.1 302 Found\nLocation: /\n\n')
  expect(await failure(circle.url)).toContain('sends on more than ten times')
  expect(circle.requests).toHaveLength(11)
  using file = says('HTTP/1.1 302 Found\nLocation: file:///etc/passwd\n\n')
  expect(await failure(file.url)).toContain('it is no http or https URL')
})

test('64 KiB of a body are kept, and an endless one is not read for ever', async () => {
  using long = says(`HTTP/1.1 200 OK\n\n${'x'.repeat(200_000)}`)
  const { body, isWhole } = await request(long.url, asked)
  expect({ length: body.length, isWhole }).toEqual({ length: 65_536, isWhole: false })
  using endless = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    fetch: () =>
      new Response(
        new ReadableStream({ pull: (stream) => stream.enqueue(new Uint8Array(100_000)) }),
      ),
  })
  expect(await request(endless.url.href, { ...asked, timeoutMs: 60_000 })).toMatchObject({
    isWhole: false,
  })
})

test('silence, and bytes that trickle in, end at the time limit', async () => {
  using silent = says('', { stays: true })
  using head = says('HTTP/1.1 200 OK\nContent-Length: 9\n\n1', { stays: true })
  using trickle = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    fetch: () =>
      new Response(
        new ReadableStream({
          async pull(stream) {
            await Bun.sleep(20)
            stream.enqueue('x')
          },
        }),
      ),
  })
  for (const url of [silent.url, head.url, trickle.url.origin]) {
    const message = await failure(url, { timeoutMs: 200 })
    expect(message).toStartWith(`Cannot reach ${url}: no whole answer within 200ms; `)
  }
})

test('a stop ends a request that waits', async () => {
  using silent = says('', { stays: true })
  const stop = new AbortController()
  const waiting = failure(silent.url, { stop: stop.signal, timeoutMs: 60_000 })
  stop.abort()
  expect(await waiting).toContain('it was stopped')
  expect(await failure(silent.url, { stop: stop.signal })).toContain('it was stopped')
  expect(silent.requests.length).toBeLessThan(2)
})

test('who cannot be reached is named in one line, without login, path and query', async () => {
  using closing = says('')
  using garbage = says('good day, who are you and what do you want\n\n')
  const reasons: Record<string, string> = {
    'http://ann:secret@127.0.0.1:1/secret?secret': 'nobody listens there; check the host and port',
    'https://127.0.0.1:1/secret': 'nobody listens there; check the host and port',
    'http://secret:secret@no-such.invalid/secret': 'there is no such host; check the name',
    [`${closing.url}/secret`]:
      'it closed the connection before the end of its answer; look at the server',
    [`${garbage.url}/?secret`]: 'it answers something that is not HTTP; check the port',
    [`${garbage.url.replace('http', 'https')}/?secret`]: 'it does not speak TLS there',
  }
  for (const [url, why] of Object.entries(reasons)) {
    const message = await failure(url)
    expect(message).toStartWith(`Cannot reach ${new URL(url).origin}: ${why}`)
    expect(message).not.toMatch(/secret|\n/)
  }
  for (const url of ['', 'host', 'ftp://secret@host/', 'http://secret:x@:1']) {
    expect(await failure(url)).toBe(
      'Cannot reach the server: it is no http or https URL; check the URL',
    )
  }
})

test('the proxy of the environment handed in is used, and named when it fails', async () => {
  using proxy = says('HTTP/1.1 200 OK\n\nby proxy')
  const env = { HTTP_PROXY: proxy.url.replace('//', '//ann:secret@'), NO_PROXY: 'direct.invalid' }
  expect((await request('http://host.invalid/x', { ...asked, env })).body).toBe('by proxy')
  expect(proxy.requests[0]).toStartWith('GET http://host.invalid/x HTTP/1.1')
  expect(proxy.requests[0]).toContain(`Basic ${Buffer.from('ann:secret').toString('base64')}`)
  expect(await failure('http://direct.invalid/', { env })).toContain('no such host')
  const away = { HTTPS_PROXY: 'http://ann:secret@127.0.0.1:1' }
  expect(await failure('https://host.invalid/x', { env: away })).toBe(
    'Cannot reach https://host.invalid by the proxy http://127.0.0.1:1: nobody listens there; check the host and port',
  )
  using refusing = says('HTTP/1.1 407 Who are you\nContent-Length: 0\n\n')
  const asking = { HTTPS_PROXY: refusing.url }
  expect(await failure('https://host.invalid/', { env: asking })).toContain('the proxy answers 407')
})

test('proxies and trust of the environment of the process are not used', async () => {
  using server = says('HTTP/1.1 200 OK\n\ndirect')
  using proxy = says('HTTP/1.1 200 OK\n\nby proxy')
  const code = `
    import { request } from ${JSON.stringify(`${import.meta.dir}/http-client.ts`)}
    const options = ${JSON.stringify(asked)}
    const first = await request(${JSON.stringify(server.url)}, options)
    const env = { HTTP_PROXY: ${JSON.stringify(proxy.url)} }
    const second = await request('http://host.invalid', { ...options, env })
    console.log(first.body, second.body)`
  const child = Bun.spawn([process.execPath, '-e', code], {
    env: { HTTP_PROXY: proxy.url, http_proxy: proxy.url, NO_PROXY: 'host.invalid' },
    stdout: 'pipe',
  })
  expect(await child.stdout.text()).toBe('direct by proxy\n')
})
