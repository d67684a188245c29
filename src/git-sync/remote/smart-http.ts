import { readFile } from 'node:fs/promises'
import { basicOf, type Login } from '#git-sync/git/auth.ts'
import type { Setting } from '#git-sync/git/git-config.ts'
import { loginFor } from '#git-sync/git/logins.ts'
import { trustedCertificates } from '#kit/certificates.ts'
import type { Clock } from '#kit/clock.ts'
import { cookiesFor } from './cookies.ts'
import { type HttpWay, httpWay, NotModelled } from './http-way.ts'
import { type Advertisement, lsRefsRequest, parseAdvertisement, parseRefs } from './ls-refs.ts'
import type { Refs } from './tip.ts'

export interface SmartHttpOptions {
  readonly url: string
  /** Sent to the host as what asks; begins with `git/`, as hosts expect. */
  readonly agent: string
  readonly clock: Clock
}

export interface Asked {
  /** Full names of refs, or how they begin. */
  readonly prefixes: readonly string[]
  /** What git would be given. */
  readonly settings: readonly Setting[]
  readonly env: Readonly<Record<string, string>>
  readonly logins: readonly Login[]
  readonly stop: AbortSignal
}

/** True for the http(s) URL of a repository: git handles a query in ways of its own. */
export function isAskable(url: string): boolean {
  return /^https?:\/\/[^?#]+$/i.test(url) && URL.canParse(url)
}

/** Fifty thousand refs: hosts tell only those that were asked for, and what is read is memory. */
const longestAnswerBytes = 4 << 20
const mostRedirects = 20
const query = 'info/refs?service=git-upload-pack'

/** What stands between may forget a connection that is silent for longer, and tell nobody. */
const longestSilenceMs = 60_000

/** Then Bun has closed it, too. */
const closedMs = 360_000

/**
 * Asks a host of git's smart protocol, version 2, for refs, in this process: one request on a kept
 * connection, two for the first time. Source: gitprotocol-http(5), gitprotocol-v2(5).
 */
export class SmartHttp {
  readonly #options: SmartHttpOptions
  /** As it was given, with a slash at its end. */
  readonly #given: URL
  /** Where the host has sent us on to, or the same. */
  #base: URL
  #advertised: Advertisement | null = null
  /** When the kept connection was last in use, on the clock that nobody sets. */
  #keptMs: number
  #authorities: { readonly file: string | null; readonly pem: string } | null = null

  /** @param options with a URL that `isAskable` */
  constructor(options: SmartHttpOptions) {
    this.#options = options
    this.#given = new URL(options.url.replace(/\/?$/, '/'))
    this.#base = this.#given
    this.#keptMs = options.clock.monotonicMs()
  }

  /**
   * @throws NotModelled when a setting may change what git would be told; Error when the host cannot
   * be reached, fails or speaks otherwise. Then git must ask.
   */
  async refs(asked: Asked): Promise<Refs> {
    if (this.#advertised !== null) {
      // The connection may have been closed, the host may have changed: then from the beginning.
      const refs = await this.#listed(this.#advertised, asked).catch(() => null)
      if (refs !== null) return refs
      asked.stop.throwIfAborted()
      this.#advertised = null
      this.#authorities = null
    }
    const advertised = await this.#discovered(asked)
    const refs = await this.#listed(advertised, asked)
    if (this.#isAtItsName()) this.#advertised = advertised
    return refs
  }

  /** A repository has two names on most hosts. Another redirect may lead elsewhere tomorrow. */
  #isAtItsName(): boolean {
    const given = this.#given.href.slice(0, -1)
    return [`${given}/`, `${given}.git/`].includes(this.#base.href)
  }

  /** Follows redirects of this first request, as git does; the repository is where they end. */
  async #discovered(asked: Asked): Promise<Advertisement> {
    this.#base = this.#given
    for (let hops = 0; hops <= mostRedirects; hops++) {
      const response = await this.#fetch(query, asked)
      const location = response.headers.get('location')
      if (response.status < 300 || response.status > 399 || location === null) {
        const bytes = await this.#body(response, 'advertisement')
        const advertised = parseAdvertisement(bytes)
        if (advertised !== null) return advertised
        throw new Error('the host does not speak version 2 of the protocol')
      }
      await response.body?.cancel()
      this.#follow(location)
    }
    throw new Error('the host sends on in a circle')
  }

  #follow(location: string): void {
    const to = URL.canParse(location, this.#base.href) ? new URL(location, this.#base.href) : null
    if (to?.href.endsWith(`/${query}`) !== true) throw new Error('the host sends on elsewhere')
    // What proves who we are is for the host it was given for; git decides about another one.
    if (to.origin !== this.#base.origin) throw new Error('the host sends on to another host')
    this.#base = new URL(to.href.slice(0, -query.length))
  }

  async #listed({ objectFormat }: Advertisement, asked: Asked): Promise<Refs> {
    const { agent } = this.#options
    const body = lsRefsRequest({ objectFormat, agent, prefixes: asked.prefixes })
    const response = await this.#fetch('git-upload-pack', asked, body)
    const refs = parseRefs(await this.#body(response, 'result'))
    if (refs === null) throw new Error('the host answers with no list of refs')
    return refs
  }

  async #fetch(path: string, asked: Asked, body: string | null = null): Promise<Response> {
    const way = httpWay(this.#base, asked)
    const { clock } = this.#options
    const silenceMs = clock.monotonicMs() - this.#keptMs
    const isKept = silenceMs < longestSilenceMs || silenceMs > closedMs
    const response = await fetch(new URL(path, this.#base), {
      method: body === null ? 'GET' : 'POST',
      headers: await this.#headers(way, { logins: asked.logins, isPost: body !== null }),
      body,
      // Else Bun decides by rules of its own, and by the environment of the process.
      proxy: way.proxy === null ? false : { url: way.proxy, respectNoProxy: false },
      ...(this.#base.protocol === 'https:' ? { tls: await this.#trust(way) } : {}),
      redirect: 'manual',
      keepalive: isKept,
      signal: asked.stop,
    })
    if (isKept) this.#keptMs = clock.monotonicMs()
    return response
  }

  async #headers(
    { userAgent, cookieFile, headers }: HttpWay,
    { logins, isPost }: { readonly logins: readonly Login[]; readonly isPost: boolean },
  ): Promise<Headers> {
    const { agent, clock } = this.#options
    const sent = new Headers({ 'Git-Protocol': 'version=2', 'User-Agent': userAgent ?? agent })
    if (isPost) {
      sent.set('Content-Type', 'application/x-git-upload-pack-request')
      sent.set('Accept', 'application/x-git-upload-pack-result')
    }
    const login = loginFor(this.#base.href, logins)
    if (login !== null) sent.set('Authorization', `Basic ${basicOf(login)}`)
    if (cookieFile !== null) {
      const text = await readFile(cookieFile, 'utf8').catch(() => '')
      const cookies = cookiesFor(this.#base, text, { nowMs: clock.nowMs() })
      if (cookies !== null) sent.set('Cookie', cookies)
    }
    for (const [name, value] of headers) sent.append(name, value)
    return sent
  }

  /** The authorities are read when they are first needed, for they are memory. */
  async #trust({ authorities: file, checksCertificate }: HttpWay): Promise<Bun.TLSOptions> {
    if (!checksCertificate) return { rejectUnauthorized: false }
    if (this.#authorities?.file !== file) {
      const pem = file === null ? await trustedCertificates({}) : await readFile(file, 'latin1')
      if (pem === null) throw new NotModelled('a machine without authorities')
      this.#authorities = { file, pem }
    }
    return { rejectUnauthorized: true, ca: this.#authorities.pem }
  }

  async #body(response: Response, kind: 'advertisement' | 'result'): Promise<Uint8Array> {
    const { status, headers } = response
    if (status !== 200) {
      await response.body?.cancel()
      throw new Error(`the host answers ${status}`)
    }
    if (headers.get('content-type') !== `application/x-git-upload-pack-${kind}`) {
      await response.body?.cancel()
      throw new Error('the host answers with no smart protocol')
    }
    return bounded(response)
  }
}

async function bounded(response: Response): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of response.body ?? []) {
    length += chunk.length
    if (length > longestAnswerBytes) throw new Error('the host answers with too many refs')
    chunks.push(chunk)
  }
  const [only] = chunks
  return only !== undefined && chunks.length === 1 ? only : Buffer.concat(chunks)
}
