import { Unusual } from './http-head.ts'
import type { HttpReply } from './http-reply.ts'
import { ReplyReader } from './reply-reader.ts'

export interface HttpPlace {
  /** A name or an address; an IPv6 address without brackets. */
  readonly hostname: string
  readonly port: number
  /** Null for plain http. */
  readonly tls: Bun.TLSOptions | null
}

/** Nothing of an answer came: a connection that was kept may just have been too old. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer'
}

interface Question {
  readonly bytes: Uint8Array
  readonly reader: ReplyReader
  readonly resolve: (reply: HttpReply) => void
  readonly reject: (error: unknown) => void
}

/** A connection for one question after the other. What goes wrong ends it. */
export class HttpConnection {
  #socket: Bun.Socket | null = null
  /** Questions may go out: over TLS not before the host has shown that it is the right one. */
  #isReady = false
  #isOpen = true
  #question: Question | null = null

  /** Begins to connect. */
  constructor({ hostname, port, tls }: HttpPlace) {
    const connecting = Bun.connect({
      hostname,
      port,
      ...(tls === null ? {} : { tls }),
      socket: {
        open: (socket) => {
          // Whoever waits for an answer has a time limit, and that keeps the process.
          socket.unref()
          this.#socket = socket
          if (!this.#isOpen) socket.terminate()
          else if (tls === null) this.#ready(socket)
        },
        handshake: (socket, isTrusted, error) => {
          if (isTrusted) this.#ready(socket)
          else this.end(error ?? new Error('the host is not trusted'))
        },
        data: (_, bytes) => this.#take(bytes),
        close: () => this.end(new Error('the host ends the connection')),
        error: (_, error) => this.end(error),
      },
    })
    connecting.catch((error: unknown) => this.end(error))
  }

  get isOpen(): boolean {
    return this.#isOpen
  }

  /**
   * The answer to a request, as soon as all of it is there. Only of a connection that is open, and
   * when the one before is answered.
   * @throws NoAnswer when nothing came; Unusual when it is not read here; Error.
   */
  async ask(bytes: Uint8Array, stop: AbortSignal): Promise<HttpReply> {
    const end = (): void => this.end(stop.reason)
    stop.addEventListener('abort', end, { once: true })
    try {
      return await new Promise((resolve, reject) => {
        this.#question = { bytes, reader: new ReplyReader(), resolve, reject }
        if (this.#isReady && this.#socket !== null) this.#send(this.#socket)
      })
    } finally {
      stop.removeEventListener('abort', end)
    }
  }

  end(why: unknown): void {
    if (!this.#isOpen) return
    this.#isOpen = false
    this.#socket?.terminate()
    const question = this.#question
    this.#question = null
    if (question === null) return
    const isSilent = !question.reader.hasBegun
    question.reject(isSilent ? new NoAnswer('the host gives no answer', { cause: why }) : why)
  }

  #ready(socket: Bun.Socket): void {
    this.#isReady = true
    this.#send(socket)
  }

  #send(socket: Bun.Socket): void {
    if (this.#question === null) return
    const { bytes } = this.#question
    // A question is small: that a system does not take it whole is seen nowhere.
    if (socket.write(bytes) < bytes.length) this.end(new Unusual('a question that is too long'))
  }

  #take(bytes: Buffer): void {
    const question = this.#question
    try {
      if (question === null) throw new Error('the host speaks without being asked')
      const reply = question.reader.push(bytes)
      if (reply === null) return
      this.#question = null
      question.resolve(reply)
      if (!question.reader.staysOpen) this.end(null)
    } catch (error) {
      this.end(error)
    }
  }
}
