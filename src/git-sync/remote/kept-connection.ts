import type { Clock } from '#kit/clock.ts'
import { HttpConnection, type HttpPlace, NoAnswer } from './http-connection.ts'
import type { HttpReply } from './http-reply.ts'

export interface KeptConnectionOptions extends HttpPlace {
  readonly clock: Clock
}

/** What stands between may forget a connection that is silent for longer, and tell nobody. */
export const longestSilenceMs = 60_000

/**
 * Asks a host over HTTP/1.1, on one connection for as long as it is open. A poll costs a quarter
 * less than by `fetch`, which hands it to another thread and back and makes a stream of the answer.
 */
export class KeptConnection {
  readonly #options: KeptConnectionOptions
  #current: HttpConnection | null = null
  /** When it was last in use, on the clock that nobody sets. */
  #usedMs = 0

  constructor(options: KeptConnectionOptions) {
    this.#options = options
  }

  /**
   * The answer to a request, given as it goes over the wire. When the connection turns out to be
   * dead, a new one is asked.
   * @throws Unusual when `fetch` may understand the answer; Error when there is none.
   */
  async ask(request: Uint8Array, stop: AbortSignal): Promise<HttpReply> {
    const { clock } = this.#options
    if (clock.monotonicMs() - this.#usedMs > longestSilenceMs) this.end()
    const reply = (await this.#askKept(request, stop)) ?? (await this.#askNew(request, stop))
    this.#usedMs = clock.monotonicMs()
    return reply
  }

  /** The next request gets a new connection. */
  end(): void {
    this.#current?.end(null)
  }

  /** Null when there is no connection that answers. */
  async #askKept(request: Uint8Array, stop: AbortSignal): Promise<HttpReply | null> {
    if (!this.#current?.isOpen) return null
    try {
      return await this.#current.ask(request, stop)
    } catch (error) {
      if (error instanceof NoAnswer) return null
      throw error
    }
  }

  async #askNew(request: Uint8Array, stop: AbortSignal): Promise<HttpReply> {
    stop.throwIfAborted()
    this.#current = new HttpConnection(this.#options)
    return this.#current.ask(request, stop)
  }
}
