import type { Clock } from './clock.ts'
import { line, type RequestInfo, safeHeaders } from './http.ts'

export interface EventStreamsOptions {
  readonly clock: Clock
  /** Default 32; one more browser is answered 503. */
  readonly limit?: number
  /** Default 5,000: tells proxies on the way that a quiet stream is alive. */
  readonly heartbeatMs?: number
  /** Default 15,000: a browser that takes nothing for so long is let go. */
  readonly stallMs?: number
  /**
   * Bytes that were written and not taken by the other side, by its port; null when nobody tells. What
   * the system holds back for a browser says more, and earlier, than how long it takes nothing more.
   */
  readonly unsent?: () => ReadonlyMap<number, number> | null
  /** Told how many there are whenever that changes. */
  readonly onCount?: (count: number) => void
}

/** What one browser is given. */
export interface Feed {
  /** The event, made by `eventBytes`, that the browser has not got; null when it has all. */
  next(): Uint8Array | null
}

/**
 * Server-sent events for many browsers where only the newest state matters: an event is asked for when
 * a browser takes it, so a slow one is given fewer, and none waits. A browser that does not read holds
 * nobody up, until it is let go.
 */
export interface EventStreams {
  /** The answer to one browser. */
  open(info: Pick<RequestInfo, 'idleLimit' | 'remotePort'>, feed: Feed): Response
  /** There may be news for all. */
  wake(): void
  readonly count: number
  /** Ends all streams; those opened later end at once. */
  close(): void
}

/** The headers of a stream, which HEAD is told without opening one. */
export const eventStreamHeaders = {
  ...safeHeaders,
  'content-type': 'text/event-stream; charset=utf-8',
  'x-accel-buffering': 'no', // nginx would hold events back
} as const

const encoder = new TextEncoder()
const heartbeat = encoder.encode(':\n\n')

/** More than a browser that does not read gets from the network: what is over stays with us, and shows. */
const probeBytes = 131_072

/** One event as it goes over the wire. `data` may hold line ends. */
export function eventBytes(data: string, name?: string): Uint8Array {
  const lines = data.split(/\r\n|\r|\n/).map((text) => `data: ${text}\n`)
  return encoder.encode(`${name === undefined ? '' : `event: ${name}\n`}${lines.join('')}\n`)
}

export function createEventStreams(options: EventStreamsOptions): EventStreams {
  const { clock, limit = 32, heartbeatMs = 5_000, stallMs = 15_000, unsent, onCount } = options
  const streams = new Map<Stream, () => void>()
  const closed = new AbortController()
  let beating = false
  let probedAtMs = Number.NEGATIVE_INFINITY

  async function beat(): Promise<void> {
    beating = true
    while (streams.size > 0 && !closed.signal.aborted) {
      await clock.sleep(heartbeatMs, closed.signal)
      const queues = unsent?.() ?? null
      for (const [stream, cut] of streams) {
        if (stream.stalledForMs(queues) > stallMs) cut()
        else stream.offer(heartbeat)
      }
    }
    beating = false
  }

  /** Who reads is given room for in time; who does not, shows. */
  function full(): Response {
    const retryMs = stallMs + heartbeatMs
    if (clock.monotonicMs() - probedAtMs > 2 * retryMs) {
      probedAtMs = clock.monotonicMs()
      const probe = new Uint8Array(probeBytes).fill(0x3a) // colons, which begin a comment
      probe.set([0x0a, 0x0a], probeBytes - 2)
      for (const stream of streams.keys()) stream.offer(probe)
    }
    const seconds = Math.ceil(retryMs / 1000)
    return line(503, `There are ${limit} viewers already; try again in ${seconds} s`, {
      'retry-after': String(seconds),
    })
  }

  function leave(stream: Stream): void {
    if (streams.delete(stream)) onCount?.(streams.size)
  }

  return {
    open(info, feed) {
      if (closed.signal.aborted) return line(503, 'This server is stopping')
      if (streams.size >= limit) return full()
      const stream = new Stream(feed, { clock, port: info.remotePort ?? null, left: leave })
      info.idleLimit(0) // the runtime does not count a stream's writes as life
      streams.set(stream, () => {
        info.idleLimit(1) // what waits in the socket would keep it open
        stream.end()
      })
      onCount?.(streams.size)
      if (!beating) void beat()
      return new Response(stream.body, { headers: eventStreamHeaders })
    },
    wake() {
      for (const stream of streams.keys()) stream.wake()
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

interface StreamOptions {
  readonly clock: Pick<Clock, 'monotonicMs'>
  readonly port: number | null
  readonly left: (stream: Stream) => void
}

/** The runtime asks for more (`pull`) only when the socket has taken what it was given. */
class Stream {
  readonly body: ReadableStream<Uint8Array>
  readonly #feed: Feed
  readonly #options: StreamOptions
  #wanted: ((event: Uint8Array | null) => void) | null = null
  #ended = false
  /** Since when the runtime has not asked, while there was something for it. */
  #waitsSinceMs: number | null = null
  /** Bytes that the socket has taken, and how many of them had arrived when that was last more. */
  #takenBytes = 0
  #arrivedBytes = Number.NEGATIVE_INFINITY
  #arrivedAtMs: number

  constructor(feed: Feed, options: StreamOptions) {
    this.#feed = feed
    this.#options = options
    this.#arrivedAtMs = options.clock.monotonicMs()
    let lastBytes = 0
    this.body = new ReadableStream<Uint8Array>(
      {
        pull: async (controller) => {
          this.#takenBytes += lastBytes
          this.#waitsSinceMs = null
          const event = await this.#next()
          lastBytes = event?.length ?? 0
          if (event !== null) return controller.enqueue(event)
          controller.close()
          this.#options.left(this)
        },
        cancel: () => this.end(),
      },
      { highWaterMark: 0 },
    )
  }

  /** Gives what has no news in it, if the browser would take it now. */
  offer(comment: Uint8Array): void {
    if (this.#wanted !== null) this.#wanted(comment)
    else this.#waitsSinceMs ??= this.#options.clock.monotonicMs()
  }

  wake(): void {
    if (this.#wanted === null) {
      this.#waitsSinceMs ??= this.#options.clock.monotonicMs()
      return
    }
    const event = this.#feed.next()
    if (event !== null) this.#wanted(event)
  }

  /** For how long nothing has gone to the browser that was for it. Asked at each beat. */
  stalledForMs(queues: ReadonlyMap<number, number> | null): number {
    const { clock, port } = this.#options
    const nowMs = clock.monotonicMs()
    const queue = port === null ? undefined : queues?.get(port)
    if (queue === undefined) return nowMs - (this.#waitsSinceMs ?? nowMs)
    const arrived = this.#takenBytes - queue
    if (queue === 0 || arrived > this.#arrivedBytes) {
      this.#arrivedBytes = arrived
      this.#arrivedAtMs = nowMs
    }
    return nowMs - this.#arrivedAtMs
  }

  end(): void {
    this.#ended = true
    this.#wanted?.(null)
    this.#options.left(this)
  }

  #next(): Promise<Uint8Array | null> | Uint8Array | null {
    if (this.#ended) return null
    const event = this.#feed.next()
    if (event !== null) return event
    return new Promise((resolve) => {
      this.#wanted = (given) => {
        this.#wanted = null
        resolve(given)
      }
    })
  }
}
