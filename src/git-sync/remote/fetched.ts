import type { Clock } from '#kit/clock.ts'
import { Body, type HttpReply } from './http-reply.ts'
import { longestSilenceMs } from './kept-connection.ts'

/** Then Bun has closed it, too. */
const closedMs = 360_000

export interface FetchOptions {
  readonly headers: Headers
  /** Sent by POST; without it the request is a GET. */
  readonly body: string | undefined
  /** URL, or null. */
  readonly proxy: string | null
  readonly tls: Bun.TLSOptions | null
  readonly stop: AbortSignal
}

/** Asks by `fetch`, which knows proxies and all kinds of answers, on a connection that it keeps. */
export class Fetched {
  readonly #clock: Clock
  /** When the kept connection was last in use, on the clock that nobody sets. */
  #keptMs: number

  constructor(clock: Clock) {
    this.#clock = clock
    this.#keptMs = clock.monotonicMs()
  }

  /** @throws Error when nobody answers, or too much. */
  async ask(url: URL, { headers, body, proxy, tls, stop }: FetchOptions): Promise<HttpReply> {
    const silenceMs = this.#clock.monotonicMs() - this.#keptMs
    const isKept = silenceMs < longestSilenceMs || silenceMs > closedMs
    const response = await fetch(url, {
      method: body === undefined ? 'GET' : 'POST',
      headers,
      body: body ?? null,
      // Else Bun decides by rules of its own, and by the environment of the process.
      proxy: proxy === null ? false : { url: proxy, respectNoProxy: false },
      ...(tls === null ? {} : { tls }),
      redirect: 'manual',
      keepalive: isKept,
      signal: stop,
    })
    if (isKept) this.#keptMs = this.#clock.monotonicMs()
    return replyOf(response)
  }
}

async function replyOf(response: Response): Promise<HttpReply> {
  const { status, headers } = response
  const body = new Body()
  if (status !== 200) await response.body?.cancel()
  else for await (const piece of response.body ?? []) body.push(piece)
  return {
    status,
    contentType: headers.get('content-type'),
    location: headers.get('location'),
    body: body.whole(),
  }
}
