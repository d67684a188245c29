import type { Log } from './log.ts'

export interface RequestInfo {
  /** Decoded path of the request, without the query. */
  readonly path: string
  readonly query: URLSearchParams
  /** Address of the peer: a proxy's, when there is one. */
  readonly remote: string | null
  /** The peer's port, where there is one. */
  readonly remotePort?: number
  /** Seconds this connection may move no byte from now on; 0 for ever, as a stream needs. */
  readonly idleLimit: (seconds: number) => void
}

export type Handler = (request: Request, info: RequestInfo) => Response | Promise<Response>

export interface ServeOptions {
  /** `HOST:PORT`, `[IPV6]:PORT`, or `:PORT` for all addresses of both families. */
  readonly bind: string
  /** Name of the option that set `bind`, for the advice in errors. */
  readonly flag?: string
  readonly handler: Handler
  readonly log: Pick<Log, 'error'>
  readonly limits?: {
    /** Default 64 KiB; more is answered 413. */
    readonly bodyBytes?: number
    /** Default 30: a connection whose request or answer takes longer is closed. */
    readonly idleSeconds?: number
    /** Paths whose handlers read a body piece by piece, and say themselves when it is too large. */
    readonly ownLimit?: readonly string[]
  }
}

export interface HttpServer {
  readonly hostname: string
  readonly port: number
  /** `HOST:PORT` as it listens, brackets around IPv6. */
  readonly address: string
  /**
   * Takes no more connections, gives running requests `graceMs` (default 2,000), then cuts. Streams
   * end by themselves only when their owner closes them first.
   */
  close(options?: { readonly graceMs?: number }): Promise<void>
}

export interface Bind {
  /** Empty for all addresses. */
  readonly hostname: string
  readonly port: number
}

/**
 * Splits `HOST:PORT`.
 *
 * @throws when there is no port, or it is not one from 0 (any free one) to 65535
 */
export function parseBind(bind: string): Bind {
  const match = /^(?:\[([0-9a-fA-F:.]+(?:%[\w.-]+)?)\]|([^:[\]]*)):(\d{1,5})$/.exec(bind)
  const port = Number(match?.[3])
  if (!match || port > 65_535) {
    const form = 'the form is HOST:PORT, [IPV6]:PORT or :PORT'
    throw new Error(`Cannot listen on "${bind}": it is no address; ${form}`)
  }
  return { hostname: match[1] ?? match[2] ?? '', port }
}

/** `HOST:PORT`, with brackets around an IPv6 host. */
export function formatAddress({ hostname, port }: Bind): string {
  return hostname.includes(':') ? `[${hostname}]:${port}` : `${hostname}:${port}`
}

/**
 * Starts a server that answers every request: what a handler throws becomes a 500 of one line, and
 * one line in the log.
 *
 * @throws when the address is no address, is not this machine's, or is taken
 */
export async function serve(options: ServeOptions): Promise<HttpServer> {
  const { hostname, port } = parseBind(options.bind)
  const server = listen(hostname === '' ? ['::', '0.0.0.0'] : [hostname], port, options)
  const bound = { hostname: server.hostname ?? hostname, port: server.port ?? port }
  return {
    ...bound,
    address: formatAddress(bound),
    async close({ graceMs = 2_000 } = {}) {
      const cut = setTimeout(() => void server.stop(true), graceMs)
      await server.stop()
      clearTimeout(cut)
    },
  }
}

/** Without IPv6 in the kernel, all addresses are those of IPv4. */
function listen(
  hostnames: readonly string[],
  port: number,
  options: ServeOptions,
): Bun.Server<undefined> {
  for (const [index, hostname] of hostnames.entries()) {
    try {
      return Bun.serve({
        hostname,
        port,
        development: false,
        reusePort: false, // else Bun, outside development, shares a port that is taken
        maxRequestBodySize: largestBody(options),
        idleTimeout: options.limits?.idleSeconds ?? 30,
        fetch: (request, server) => answer(request, server, options),
      })
    } catch (error) {
      if (index < hostnames.length - 1 && codeOf(error) !== 'EADDRINUSE') continue
      throw cannotListen(error, options)
    }
  }
  throw new Error(`Cannot listen on "${options.bind}": there is no address`)
}

async function answer(
  request: Request,
  server: Bun.Server<undefined>,
  options: ServeOptions,
): Promise<Response> {
  const { handler, log } = options
  const url = urlOf(request)
  if (url === null) return line(400, 'The request has no path or host that can be read')
  const refused = bodyRefused(request, { path: url.path, options })
  if (refused !== null) return refused
  const peer = server.requestIP(request)
  try {
    return await handler(request, {
      path: url.path,
      query: url.query,
      remote: peer?.address ?? null,
      ...(peer === null ? {} : { remotePort: peer.port }),
      idleLimit: (seconds) => server.timeout(request, seconds),
    })
  } catch (error) {
    log.error('a request failed', { method: request.method, path: url.path, error })
    return line(500, 'Something went wrong here; the log says what')
  }
}

const usualBodyBytes = 65_536

/** The server has one limit for all paths: where some have their own, it has none. */
function largestBody({ limits }: ServeOptions): number {
  return limits?.ownLimit === undefined
    ? (limits?.bodyBytes ?? usualBodyBytes)
    : Number.MAX_SAFE_INTEGER
}

/** What the server itself would say, had it a limit. A body that nobody reads is never held. */
function bodyRefused(
  { headers }: Request,
  { path, options }: { readonly path: string; readonly options: ServeOptions },
): Response | null {
  const { ownLimit, bodyBytes = usualBodyBytes } = options.limits ?? {}
  if (ownLimit === undefined || ownLimit.includes(path)) return null
  const close = { connection: 'close' }
  if (headers.has('transfer-encoding')) return line(411, 'This takes a known length only', close)
  const declared = Number(headers.get('content-length') ?? 0)
  return declared > bodyBytes ? line(413, 'The body is too large', close) : null
}

/** Without Host, as HTTP/1.0 allows and load balancers probe, the URL of a request is a path. */
function urlOf({ url: text }: Request): { path: string; query: URLSearchParams } | null {
  try {
    const url = new URL(text.startsWith('/') ? `http://localhost${text}` : text)
    return { path: decodeURIComponent(url.pathname), query: url.searchParams }
  } catch {
    return null
  }
}

const listenFaults: Readonly<Record<string, string>> = {
  EADDRINUSE: 'the port is taken; choose another',
  EADDRNOTAVAIL: 'this machine has no such address; choose one it has, or 0.0.0.0,',
  EACCES: 'this user may not use that port; choose one from 1024',
  EPERM: 'this user may not use that port; choose one from 1024',
}

function cannotListen(error: unknown, { bind, flag }: ServeOptions): Error {
  const what = listenFaults[codeOf(error)] ?? String(error)
  const how = flag === undefined ? '' : ` with --${flag}`
  const sentence = `${what}${how}`.replace(/,$/, '')
  return new Error(`Cannot listen on ${bind}: ${sentence}`, { cause: error })
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}

/** What every answer carries: nobody guesses its type, nobody keeps it, no other site embeds it. */
export const safeHeaders = {
  'cross-origin-resource-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
} as const

/** An answer of one line of text. */
export function line(
  status: number,
  text: string,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return new Response(`${text}\n`, {
    status,
    headers: { 'content-type': 'text/plain; charset=utf-8', ...safeHeaders, ...headers },
  })
}

/** Handlers by method. GET answers HEAD too: the server leaves the body out. */
export type Route = Readonly<Partial<Record<'GET' | 'POST' | 'PUT' | 'DELETE', Handler>>>

/**
 * One handler from many: by exact path, then by method. Another method is answered 405 with Allow,
 * another path by `otherwise` (404 of one line).
 */
export function routes(
  table: Readonly<Record<string, Route>>,
  otherwise: Handler = () => line(404, 'There is nothing here'),
): Handler {
  const paths = new Map(Object.entries(table))
  return (request, info) => {
    const route = paths.get(info.path)
    if (route === undefined) return otherwise(request, info)
    const methods = new Map(Object.entries(route))
    const handler = methods.get(request.method === 'HEAD' ? 'GET' : request.method)
    if (handler !== undefined) return handler(request, info)
    const allow = [...methods.keys(), ...(methods.has('GET') ? ['HEAD'] : [])].join(', ')
    return line(405, `This takes ${allow} only`, { allow })
  }
}
