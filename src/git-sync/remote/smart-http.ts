import { readFile } from 'node:fs/promises'
import { basicOf, type Login } from '#git-sync/git/auth.ts'
import type { Setting } from '#git-sync/git/git-config.ts'
import { loginFor } from '#git-sync/git/logins.ts'
import { trustedCertificates } from '#kit/certificates.ts'
import { cookiesFor } from './cookies.ts'
import { type HttpWay, httpWay, NotModelled } from './http-way.ts'
import { type Advertisement, lsRefsRequest, parseAdvertisement, parseRefs } from './ls-refs.ts'
import type { Refs } from './tip.ts'

export interface SmartHttpOptions {
  readonly url: string
  /** Sent to the host as what asks; begins with `git/`, as hosts expect. */
  readonly agent: string
  readonly nowMs: () => number
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

/** The host has an answer, but none that this program can use: git must ask. */
export class Unsuited extends Error {
  override readonly name = 'Unsuited'
}

/** The host does not take the first request, as some do not that comes with a login. */
export class LoginRefused extends Error {
  override readonly name = 'LoginRefused'
}

/** True for the http(s) URL of a repository: git handles a query in ways of its own. */
export function isAskable(url: string): boolean {
  return /^https?:\/\/[^?#]+$/i.test(url) && URL.canParse(url)
}

const longestAnswerBytes = 32 << 20
const mostRedirects = 20
const query = 'info/refs?service=git-upload-pack'

/**
 * Asks a host of git's smart protocol, version 2, for refs, in this process: one request on a kept
 * connection, two for the first time. Source: gitprotocol-http(5), gitprotocol-v2(5).
 */
export class SmartHttp {
  readonly #options: SmartHttpOptions
  /** Where the repository is, with a slash at its end: the host may have sent us on. */
  #base: URL
  #advertised: Advertisement | null = null
  #authorities: { readonly file: string | null; readonly pem: string } | null = null

  /** @param options with a URL that `isAskable` */
  constructor(options: SmartHttpOptions) {
    this.#options = options
    this.#base = new URL(options.url.replace(/\/?$/, '/'))
  }

  /**
   * @throws NotModelled when a setting may change what git would be told; Unsuited when the host
   * speaks otherwise; LoginRefused; Error when it cannot be reached or fails.
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
    this.#advertised = advertised
    return refs
  }

  /** Follows redirects of this first request, as git does; the repository is where they end. */
  async #discovered(asked: Asked): Promise<Advertisement> {
    for (let hops = 0; hops <= mostRedirects; hops++) {
      const response = await this.#fetch(query, asked)
      const location = response.headers.get('location')
      if (response.status < 300 || response.status > 399 || location === null) {
        const bytes = await this.#body(response, 'advertisement')
        const advertised = parseAdvertisement(bytes)
        if (advertised !== null) return advertised
        throw new Unsuited('the host does not speak version 2 of the protocol')
      }
      await response.body?.cancel()
      this.#follow(location)
    }
    throw new Unsuited('the host sends on in a circle')
  }

  #follow(location: string): void {
    const to = URL.canParse(location, this.#base.href) ? new URL(location, this.#base.href) : null
    if (to?.href.endsWith(`/${query}`) !== true) throw new Unsuited('the host sends on elsewhere')
    // What proves who we are is for the host it was given for; git decides about another one.
    if (to.origin !== this.#base.origin) throw new Unsuited('the host sends on to another host')
    this.#base = new URL(to.href.slice(0, -query.length))
  }

  async #listed({ objectFormat }: Advertisement, asked: Asked): Promise<Refs> {
    const { agent } = this.#options
    const body = lsRefsRequest({ objectFormat, agent, prefixes: asked.prefixes })
    const response = await this.#fetch('git-upload-pack', asked, body)
    const refs = parseRefs(await this.#body(response, 'result'))
    if (refs === null) throw new Unsuited('the host answers with no list of refs')
    return refs
  }

  async #fetch(path: string, asked: Asked, body: string | null = null): Promise<Response> {
    const way = httpWay(this.#base, asked)
    return fetch(new URL(path, this.#base), {
      method: body === null ? 'GET' : 'POST',
      headers: await this.#headers(way, { logins: asked.logins, isPost: body !== null }),
      body,
      // Else Bun decides by rules of its own, and by the environment of the process.
      proxy: way.proxy === null ? false : { url: way.proxy, respectNoProxy: false },
      ...(this.#base.protocol === 'https:' ? { tls: await this.#trust(way) } : {}),
      redirect: 'manual',
      signal: asked.stop,
    })
  }

  async #headers(
    { userAgent, cookieFile, headers }: HttpWay,
    { logins, isPost }: { readonly logins: readonly Login[]; readonly isPost: boolean },
  ): Promise<Headers> {
    const { agent, nowMs } = this.#options
    const sent = new Headers({ 'Git-Protocol': 'version=2', 'User-Agent': userAgent ?? agent })
    if (isPost) {
      sent.set('Content-Type', 'application/x-git-upload-pack-request')
      sent.set('Accept', 'application/x-git-upload-pack-result')
    }
    const login = loginFor(this.#base.href, logins)
    if (login !== null) sent.set('Authorization', `Basic ${basicOf(login)}`)
    if (cookieFile !== null) {
      const text = await readFile(cookieFile, 'utf8').catch(() => '')
      const cookies = cookiesFor(this.#base, text, { nowMs: nowMs() })
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
      if ([400, 401, 403, 404].includes(status))
        throw new LoginRefused(`the host answers ${status}`)
      throw new Error(`the host answers ${status}`)
    }
    if (headers.get('content-type') !== `application/x-git-upload-pack-${kind}`) {
      await response.body?.cancel()
      throw new Unsuited('the host answers with no smart protocol')
    }
    return bounded(response)
  }
}

async function bounded(response: Response): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of response.body ?? []) {
    length += chunk.length
    if (length > longestAnswerBytes) throw new Unsuited('the host answers with too many refs')
    chunks.push(chunk)
  }
  const [only] = chunks
  return only !== undefined && chunks.length === 1 ? only : Buffer.concat(chunks)
}
