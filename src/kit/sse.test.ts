import { afterEach, expect, test } from 'bun:test'
import { connect, type Socket } from 'node:net'
import { until } from '#test/fixtures/until.ts'
import { systemClock } from './clock.ts'
import { type HttpServer, serve } from './http.ts'
import {
  createEventStreams,
  type EventStreams,
  type EventStreamsOptions,
  eventBytes,
} from './sse.ts'

interface Running {
  readonly url: string
  readonly server: HttpServer
  readonly streams: EventStreams
  /** Takes the place of an event that nobody has taken. */
  readonly send: (event: Uint8Array) => void
}

let running: Running | null = null

async function start(options: Partial<EventStreamsOptions> = {}): Promise<Running> {
  const streams = createEventStreams({ clock: systemClock, ...options })
  let newest = eventBytes('first')
  const server = await serve({
    bind: '127.0.0.1:0',
    handler: (_request, info) => {
      let given: Uint8Array | null = null
      return streams.open(info, {
        next() {
          if (given === newest) return null
          given = newest
          return given
        },
      })
    },
    log: console,
    limits: { idleSeconds: 1 },
  })
  const send = (event: Uint8Array): void => {
    newest = event
    streams.wake()
  }
  running = { streams, server, send, url: `http://${server.address}/` }
  return running
}

afterEach(async () => {
  running?.streams.close()
  await running?.server.close({ graceMs: 100 })
  running = null
})

/** Collects what a browser got until the stream ends. */
function reader(response: Response): { text: () => string; ended: Promise<void> } {
  let got = ''
  const ended = (async () => {
    const decoder = new TextDecoder()
    for await (const chunk of response.body ?? []) got += decoder.decode(chunk)
  })().catch(() => {})
  return { text: () => got, ended }
}

/** A browser that has stopped reading. */
function stuckBrowser(server: HttpServer): Socket {
  const socket = connect(server.port, '127.0.0.1')
  socket.on('error', () => {})
  socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n')
  return socket.pause()
}

test('an event has a name and a line of data for each line', () => {
  const text = new TextDecoder().decode(eventBytes('a\nb\r\nc', 'table'))
  expect(text).toBe('event: table\ndata: a\ndata: b\ndata: c\n\n')
})

test('a browser gets the first event at once and the others as they come', async () => {
  const { url, send } = await start()
  const response = await fetch(url)
  expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8')
  const browser = reader(response)
  await Bun.sleep(50)
  send(eventBytes('second'))
  await Bun.sleep(50)
  expect(browser.text()).toBe('data: first\n\ndata: second\n\n')
})

test('a browser that does not read holds nobody up, and is given the newest when it reads again', async () => {
  const { url, server, streams, send } = await start()
  const other = reader(await fetch(url))
  const stuck = stuckBrowser(server)
  await Bun.sleep(100)
  const before = process.memoryUsage.rss()
  const filling = 'x'.repeat(200_000)
  for (let n = 1; n <= 300; n++) {
    send(eventBytes(`${n} ${filling}`))
    await Bun.sleep(2)
  }
  await Bun.sleep(100)
  expect(other.text()).toContain(`data: 300 x`)
  expect(streams.count).toBe(2)
  stuck.resume()
  let got = ''
  stuck.on('data', (chunk) => {
    got = (got + chunk).slice(-300_000)
  })
  await Bun.sleep(300)
  expect(got).toContain('data: 300 x')
  stuck.destroy()
  // the other browser's 60 MB of text is in this process too
  expect(process.memoryUsage.rss() - before).toBeLessThan(400e6)
})

test('a browser that takes nothing for long is let go, and its connection is cut', async () => {
  const { server, streams, send } = await start({ heartbeatMs: 100, stallMs: 500 })
  const stuck = stuckBrowser(server)
  await Bun.sleep(100)
  for (let n = 0; n < 60; n++) {
    send(eventBytes('x'.repeat(1_000_000)))
    await Bun.sleep(2)
  }
  expect(streams.count).toBe(1)
  await Bun.sleep(1000)
  expect(streams.count).toBe(0)
  await Bun.sleep(5000) // the runtime looks at idle connections every four seconds
  const cut = new Promise((resolve) => stuck.once('close', () => resolve('cut')))
  stuck.resume()
  expect(await cut).toBe('cut')
}, 12_000)

test("a quiet stream outlives the server's idle limit and is told by heartbeats", async () => {
  const { url, streams } = await start({ heartbeatMs: 300, stallMs: 900 })
  const browser = reader(await fetch(url))
  await Bun.sleep(5500)
  expect(streams.count).toBe(1)
  expect(browser.text()).toContain(':\n\n')
}, 8000)

test('a browser that leaves is forgotten', async () => {
  const leave = new AbortController()
  const { url, streams } = await start()
  await fetch(url, { signal: leave.signal })
  expect(streams.count).toBe(1)
  leave.abort()
  const until = performance.now() + 2000
  while (streams.count > 0 && performance.now() < until) await Bun.sleep(10)
  expect(streams.count).toBe(0)
})

test('one browser too many is told so', async () => {
  const { url } = await start({ limit: 1 })
  reader(await fetch(url))
  const second = await fetch(url)
  expect(second.status).toBe(503)
  expect(second.headers.get('retry-after')).toBe('20')
  expect(await second.text()).toBe('There are 1 viewers already; try again in 20 s\n')
})

test('what the system holds back for a browser tells who stalls from who is slow', async () => {
  const queues = new Map<number, number>()
  let slow: number | null = null
  const unsent = (): ReadonlyMap<number, number> => {
    // each heartbeat is three bytes in a few of framing: of a slow browser's some have left meanwhile
    for (const [port, bytes] of queues) queues.set(port, bytes + (port === slow ? -1 : 8))
    return queues
  }
  const { server, streams } = await start({ heartbeatMs: 50, stallMs: 300, unsent })
  const sockets: Socket[] = []
  for (const name of ['stalled', 'slow', 'unknown']) {
    const socket = stuckBrowser(server)
    sockets.push(socket)
    await until(() => (streams.count === sockets.length ? true : null))
    if (name !== 'unknown') queues.set(socket.localPort ?? 0, 1_000_000)
    if (name === 'slow') slow = socket.localPort ?? 0
  }
  await until(() => (streams.count === 2 ? true : null))
  await Bun.sleep(600)
  expect(streams.count).toBe(2)
  slow = null
  await until(() => (streams.count === 1 ? true : null))
  for (const socket of sockets) socket.destroy()
})

test('when all places are taken, each browser is sent so much that one that stalls shows', async () => {
  const { url, server, streams } = await start({ limit: 1 })
  let bytes = 0
  const reads = stuckBrowser(server)
  await until(() => (streams.count === 1 ? true : null))
  reads.on('data', (chunk) => {
    bytes += chunk.length
  })
  reads.resume()
  expect((await fetch(url)).status).toBe(503)
  await until(() => (bytes > 131_072 ? true : null))
  const once = bytes
  expect((await fetch(url)).status).toBe(503)
  await Bun.sleep(100)
  expect(bytes).toBe(once)
  reads.destroy()
})

test('closing ends every stream cleanly, and the server with them', async () => {
  const { url, server, streams } = await start()
  const browser = reader(await fetch(url))
  await Bun.sleep(20)
  const before = performance.now()
  streams.close()
  await browser.ended
  await server.close()
  expect(performance.now() - before).toBeLessThan(500)
  expect(streams.count).toBe(0)
})
