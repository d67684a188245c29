import { trustedCertificates } from './certificates.ts'
import { formatDuration } from './duration.ts'
import { whyUnreachable } from './http-faults.ts'
import { proxyFor } from './http-proxy.ts'
import { nameKnown } from './name-lookup.ts'
import type { Env } from './options.ts'
import { timeLimit } from './time-limit.ts'
import { version } from './version.ts'

export interface RequestOptions {
  readonly method: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
  /** From the start to the last byte of the answer, redirects included. */
  readonly timeoutMs: number
  /** Its abort ends the request. */
  readonly stop?: AbortSignal
  /** `refuse` gives the redirect itself as the answer. */
  readonly redirects: 'follow' | 'refuse'
  /** For whom the status is enough: an answer that breaks off is one too, and not whole. */
  readonly mayBreakOff?: boolean
  /** Names proxies and certificates. */
  readonly env: Env
}

export interface Answer {
  readonly status: number
  readonly headers: Headers
  /** Its first 64 KiB. */
  readonly body: string
  /** False when there was more, or should have been. */
  readonly isWhole: boolean
}

const limits = { keptBytes: 65_536, readBytes: 1 << 20, redirects: 10 } as const

/**
 * Asks an http or https server on a connection of its own. Small servers written in shell are
 * understood: bare line feeds, no Content-Length, HTTP/1.0, an early end.
 *
 * @throws Error "Cannot reach <scheme, host and port>: <why>; <what to do>" when there is no answer
 * in time. What else is in a URL may be secret and is not told.
 */
export async function request(url: string, options: RequestOptions): Promise<Answer> {
  const { method, headers = {}, body = null, timeoutMs, stop } = options
  using end = timeLimit({
    ms: timeoutMs,
    stop,
    late: `no whole answer within ${formatDuration(timeoutMs)}; look at the server and the way to it`,
    stopped: 'it was stopped; it is asked again another time',
  })
  const first = { url: parsed(url), method, headers, body }
  return await follow(first, { ...options, end: end.signal })
}

/** What is asked, of whom. A redirect leads to the next one. */
interface Hop {
  readonly url: URL
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Uint8Array | null
}

interface HopOptions extends Pick<RequestOptions, 'redirects' | 'env' | 'mayBreakOff'> {
  /** Aborted with the reason. */
  readonly end: AbortSignal
}

async function follow(first: Hop, options: HopOptions): Promise<Answer> {
  let hop = first
  for (let hops = 0; hops <= limits.redirects; hops++) {
    const response = await ask(hop, options)
    const location = response.headers.get('location')
    const isRedirect = [301, 302, 303, 307, 308].includes(response.status) && location !== null
    if (options.redirects === 'refuse' || !isRedirect) return read(response, { hop, ...options })
    await response.body?.cancel()
    hop = nextHop(hop, { location, status: response.status })
  }
  const { origin } = first.url
  throw new Error(`Cannot reach ${origin}: it sends on more than ten times; check the URL`)
}

function nextHop(
  { url, method, headers, body }: Hop,
  { location, status }: { readonly location: string; readonly status: number },
): Hop {
  const next = parsed(location, url)
  const sent = keepsLogin(url, next) ? headers : withoutLogin(headers)
  if (status >= 307 || method === 'HEAD') return { url: next, method, headers: sent, body }
  return { url: next, method: 'GET', headers: sent, body: null }
}

/** What proves who we are is for the host it was given for, and never goes from https to http. */
export function keepsLogin(from: URL, to: URL): boolean {
  return to.host === from.host && (to.protocol === from.protocol || to.protocol === 'https:')
}

function withoutLogin(headers: Hop['headers']): Hop['headers'] {
  const kept = Object.entries(headers).filter(([name]) => !/^(authorization|cookie)$/i.test(name))
  return Object.fromEntries(kept)
}

function parsed(text: string, base?: URL): URL {
  const url = URL.canParse(text, base?.href) ? new URL(text, base) : null
  if (url !== null && /^https?:$/.test(url.protocol)) return url
  const what = base === undefined ? 'the server' : `where ${base.origin} sends on to`
  throw new Error(`Cannot reach ${what}: it is no http or https URL; check the URL`)
}

async function ask(hop: Hop, { env, end }: HopOptions): Promise<Response> {
  const { url, method, headers, body } = hop
  const proxy = proxyFor(url, env)
  const isSecure = url.protocol === 'https:' || proxy?.startsWith('https:')
  const next = proxy === null ? url : URL.parse(proxy)
  if (next !== null) await nameKnown(next.hostname, end)
  try {
    return await fetch(url, {
      method,
      headers: { 'User-Agent': `sidecars/${version}`, ...headers },
      body,
      // Else Bun decides by rules of its own, and by the environment of the process.
      proxy: proxy === null ? false : { url: proxy, respectNoProxy: false },
      ...(isSecure ? { tls: await trust(env) } : {}),
      redirect: 'manual',
      keepalive: false,
      signal: end,
    })
  } catch (error) {
    const { why, isTrust } = whyUnreachable(error, end)
    if (isTrust) trusted = null
    const by = proxy === null ? '' : ` by the proxy ${originOf(proxy)}`
    throw new Error(`Cannot reach ${url.origin}${by}: ${why}`)
  }
}

let trusted: { readonly env: Env; readonly ca: string | null } | null = null

/** Read when it is first needed, for it is memory; and again after a server was not trusted. */
async function trust(env: Env): Promise<Bun.TLSOptions> {
  if (trusted?.env !== env) trusted = { env, ca: await trustedCertificates(env) }
  const { ca } = trusted
  return { rejectUnauthorized: true, ...(ca === null ? {} : { ca }) }
}

function originOf(proxy: string): string {
  return URL.canParse(proxy) ? new URL(proxy).origin : 'of the environment'
}

/** Keeps the head of the body. The rest is read and dropped, so that the server may finish. */
async function read(
  response: Response,
  { hop, end, mayBreakOff = false }: HopOptions & { readonly hop: Hop },
): Promise<Answer> {
  const { status, headers } = response
  const chunks: Uint8Array[] = []
  let bytes = 0
  let brokeOff = false
  try {
    for await (const chunk of response.body ?? []) {
      if (bytes < limits.keptBytes) chunks.push(chunk)
      bytes += chunk.length
      if (bytes > limits.readBytes) break
    }
  } catch (error) {
    brokeOff = mayBreakOff && !end.aborted
    if (!brokeOff) {
      throw new Error(`Cannot reach ${hop.url.origin}: ${whyUnreachable(error, end).why}`)
    }
  }
  const kept = Buffer.concat(chunks).subarray(0, limits.keptBytes)
  return { status, headers, body: kept.toString(), isWhole: !brokeOff && bytes === kept.length }
}
