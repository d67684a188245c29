/** A whole request, as it came. */
export interface RawRequest {
  readonly method: string
  /** Path and query. */
  readonly target: string
  /** The fields, one a line. */
  readonly head: string
  readonly body: Buffer
  /** Serial number of the connection, from 0. */
  readonly connection: number
}

export interface RawAnswer {
  /** Bytes for one packet each. */
  readonly pieces: readonly Uint8Array[]
  /** Ends the connection after them. */
  readonly closes?: boolean
}

export interface RawHostOptions {
  readonly tls?: { readonly key: string; readonly cert: string }
}

interface Client {
  readonly connection: number
  bytes: Buffer
}

/** Says just the bytes that it is told to, in the pieces that it is told to. */
export class RawHost implements Disposable {
  readonly requests: RawRequest[] = []
  readonly #server: Bun.TCPSocketListener<Client>
  readonly #isSecure: boolean
  readonly #clients = new Set<Bun.Socket<Client>>()
  #connections = 0

  constructor(
    answer: (request: RawRequest) => RawAnswer | Promise<RawAnswer>,
    { tls }: RawHostOptions = {},
  ) {
    this.#isSecure = tls !== undefined
    this.#server = Bun.listen<Client>({
      hostname: '127.0.0.1',
      port: 0,
      ...(tls === undefined ? {} : { tls }),
      socket: {
        open: (socket) => {
          socket.data = { connection: this.#connections++, bytes: Buffer.alloc(0) }
          socket.setNoDelay(true)
          this.#clients.add(socket)
        },
        close: (socket) => void this.#clients.delete(socket),
        data: async (socket, bytes) => {
          const client = socket.data
          client.bytes = Buffer.concat([client.bytes, bytes])
          const request = wholeRequest(client)
          if (request === null) return
          client.bytes = Buffer.alloc(0)
          this.requests.push(request)
          const { pieces, closes = false } = await answer(request)
          for (const piece of pieces) {
            socket.write(piece)
            // A packet of its own, when the system likes.
            if (pieces.length > 1) await Bun.sleep(0)
          }
          if (closes) socket.end()
        },
      },
    })
  }

  get origin(): string {
    return `http${this.#isSecure ? 's' : ''}://127.0.0.1:${this.port}`
  }

  get port(): number {
    return this.#server.port
  }

  get connections(): number {
    return this.#connections
  }

  /** Of them, how many are there still. */
  get open(): number {
    return this.#clients.size
  }

  /** As a host does that has heard nothing for long, or is started again. */
  closeAll(): void {
    for (const client of this.#clients) client.end()
  }

  /** Says something without being asked. */
  sayToAll(text: string): void {
    for (const client of this.#clients) client.write(text)
  }

  [Symbol.dispose](): void {
    this.#server.stop(true)
  }
}

function wholeRequest({ bytes, connection }: Client): RawRequest | null {
  const end = bytes.indexOf('\r\n\r\n')
  if (end === -1) return null
  const [first = '', ...fields] = bytes.toString('latin1', 0, end).split('\r\n')
  const head = fields.join('\n')
  const length = Number(/^content-length: *(\d+)$/im.exec(head)?.[1] ?? 0)
  const body = bytes.subarray(end + 4)
  if (body.length < length) return null
  const [method = '', target = ''] = first.split(' ')
  return { method, target, head, body, connection }
}

/** An answer 200 with a length. */
export function lengthAnswer(body: Uint8Array, fields: readonly string[] = []): Buffer {
  const head = ['HTTP/1.1 200 OK', ...fields, `Content-Length: ${body.length}`]
  return Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), body])
}

/** An answer 200 in chunks of those sizes, the last one for all that is left. */
export function chunkedAnswer(
  body: Uint8Array,
  { sizes = [], fields = [] }: { sizes?: readonly number[]; fields?: readonly string[] } = {},
): Buffer {
  const head = ['HTTP/1.1 200 OK', ...fields, 'Transfer-Encoding: chunked']
  const parts: Uint8Array[] = [Buffer.from(`${head.join('\r\n')}\r\n\r\n`)]
  for (let at = 0, index = 0; at < body.length; index++) {
    const chunk = body.subarray(at, at + (sizes[index] ?? body.length))
    parts.push(Buffer.from(`${chunk.length.toString(16)}\r\n`), chunk, Buffer.from('\r\n'))
    at += chunk.length
  }
  return Buffer.concat([...parts, Buffer.from('0\r\n\r\n')])
}
