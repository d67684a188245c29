import type { Clock } from './clock.ts'
import { line, type RequestInfo, safeHeaders } from './http.ts'

export interface EventStreamsOptions {
  readonly clock: Clock
  /** Default 32; one more browser is answered 503. */
  readonly limit?: number
  /** Default 10,000: tells proxies on the way that a quiet stream is alive. */
  readonly heartbeatMs?: number
  /** Default 30,000: a browser that takes nothing for so long is let go. */
  readonly stallMs?: number
  /** Told how many there are whenever that changes. */
  readonly onCount?: (count: number) => void
}

/**
 * Server-sent events for many browsers where only the newest state matters: each stream holds at
 * most one event that its browser has not taken, and a newer one replaces it. A browser that does
 * not read costs one pending event and holds nobody up, until it is let go.
 */
export interface EventStreams {
  /** The answer to one browser; `first` is sent at once. */
  open(info: Pick<RequestInfo, 'idleLimit'>, first?: Uint8Array): Response
  /** Gives all browsers an event made by `eventBytes`. */
  send(event: Uint8Array): void
  readonly count: number
  /** Ends all streams; those opened later end at once. */
  close(): void
}

interface Stream {
  offer(event: Uint8Array): void
  /** Since when an event waits for its browser to take it, or null. */
  readonly waitingSinceMs: number | null
  end(): void
}

const encoder = new TextEncoder()
const heartbeat = encoder.encode(':\n\n')

/** One event as it goes over the wire. `data` may hold line ends. */
export function eventBytes(data: string, name?: string): Uint8Array {
  const lines = data.split(/\r\n|\r|\n/).map((text) => `data: ${text}\n`)
  return encoder.encode(`${name === undefined ? '' : `event: ${name}\n`}${lines.join('')}\n`)
}

export function createEventStreams(options: EventStreamsOptions): EventStreams {
  const { clock, limit = 32, heartbeatMs = 10_000, stallMs = 30_000, onCount } = options
  const streams = new Map<Stream, () => void>()
  const closed = new AbortController()
  let beating = false

  async function beat(): Promise<void> {
    beating = true
    while (streams.size > 0 && !closed.signal.aborted) {
      await clock.sleep(heartbeatMs, closed.signal)
      const now = clock.monotonicMs()
      for (const [stream, cut] of streams) {
        if (now - (stream.waitingSinceMs ?? now) > stallMs) cut()
        else stream.offer(heartbeat)
      }
    }
    beating = false
  }

  function leave(stream: Stream): void {
    if (streams.delete(stream)) onCount?.(streams.size)
  }

  return {
    open(info, first) {
      if (closed.signal.aborted) return line(503, 'This server is stopping')
      if (streams.size >= limit) return line(503, `There are ${limit} viewers already`)
      const { stream, body } = newStream(leave, clock)
      info.idleLimit(0) // the runtime does not count a stream's writes as life
      streams.set(stream, () => {
        info.idleLimit(1) // what waits in the socket would keep it open
        stream.end()
      })
      onCount?.(streams.size)
      stream.offer(first ?? heartbeat)
      if (!beating) void beat()
      return new Response(body, {
        headers: {
          ...safeHeaders,
          'content-type': 'text/event-stream; charset=utf-8',
          'x-accel-buffering': 'no', // nginx would hold events back
        },
      })
    },
    send(event) {
      for (const stream of streams.keys()) stream.offer(event)
    },
    get count() {
      return streams.size
    },
    close() {
      closed.abort()
      for (const stream of streams.keys()) stream.end()
    },
  }
}

/** The runtime asks for more (`pull`) only when the socket has taken what it was given. */
function newStream(
  left: (stream: Stream) => void,
  clock: Pick<Clock, 'monotonicMs'>,
): { stream: Stream; body: ReadableStream<Uint8Array> } {
  let pending: Uint8Array | null = null
  let waitingSinceMs: number | null = null
  let wanted: ((event: Uint8Array | null) => void) | null = null
  let ended = false

  const stream: Stream = {
    offer(event) {
      if (ended) return
      if (wanted !== null) return wanted(event)
      waitingSinceMs ??= clock.monotonicMs()
      // a heartbeat says nothing, so it never takes the place of an event
      if (pending === null || event !== heartbeat) pending = event
    },
    get waitingSinceMs() {
      return waitingSinceMs
    },
    end() {
      ended = true
      wanted?.(null)
      left(stream)
    },
  }

  function next(): Promise<Uint8Array | null> | Uint8Array | null {
    if (pending === null && !ended) {
      return new Promise((resolve) => {
        wanted = (event) => {
          wanted = null
          resolve(event)
        }
      })
    }
    const event = pending
    pending = null
    waitingSinceMs = null
    return event
  }

  const body = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const event = await next()
        if (event !== null) return controller.enqueue(event)
        controller.close()
        left(stream)
      },
      cancel() {
        ended = true
        wanted?.(null)
        left(stream)
      },
    },
    { highWaterMark: 0 },
  )
  return { stream, body }
}
