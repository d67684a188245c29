import { readFile } from 'node:fs/promises'
import { basicOf, type Login } from '#git-sync/git/auth.ts'
import type { Setting } from '#git-sync/git/git-config.ts'
import { loginFor } from '#git-sync/git/logins.ts'
import { trustedCertificates } from '#kit/certificates.ts'
import type { Clock } from '#kit/clock.ts'
import { cookiesFor } from './cookies.ts'
import { type HttpWay, httpWay, NotModelled } from './http-way.ts'

/** What git would have for the same question. */
export interface Asked {
  readonly settings: readonly Setting[]
  readonly env: Readonly<Record<string, string>>
  readonly logins: readonly Login[]
}

export interface SendOptions {
  readonly asked: Asked
  readonly stop: AbortSignal
  /** Sent by POST; without it the request is a GET. */
  readonly body?: string
}

/** What follows from a URL and what git would have: worked out once for many polls. */
interface Prepared {
  readonly asked: Asked
  readonly href: string
  readonly isPost: boolean
  readonly way: HttpWay
  /** Without cookies: they are read for each request. */
  readonly headers: Headers
}

export interface HttpSenderOptions {
  readonly agent: string
  readonly clock: Clock
}

/** What stands between may forget a connection that is silent for longer, and tell nobody. */
const longestSilenceMs = 60_000

/** Then Bun has closed it, too. */
const closedMs = 360_000

/** Sends requests for refs as git would, one after the other, on a connection that is kept. */
export class HttpSender {
  readonly #options: HttpSenderOptions
  /** When the kept connection was last in use, on the clock that nobody sets. */
  #keptMs: number
  #prepared: Prepared | null = null
  #authorities: { readonly file: string | null; readonly pem: string } | null = null

  constructor(options: HttpSenderOptions) {
    this.#options = options
    this.#keptMs = options.clock.monotonicMs()
  }

  /**
   * Redirects are the answer.
   * @throws NotModelled when a setting may change what git would be told; Error when nobody answers.
   */
  async send(url: URL, { asked, stop, body }: SendOptions): Promise<Response> {
    const prepared = this.#prepare(url, { asked, isPost: body !== undefined })
    const { way } = prepared
    const { clock } = this.#options
    const silenceMs = clock.monotonicMs() - this.#keptMs
    const isKept = silenceMs < longestSilenceMs || silenceMs > closedMs
    const response = await fetch(url, {
      method: body === undefined ? 'GET' : 'POST',
      headers: way.cookieFile === null ? prepared.headers : await this.#cookies(url, prepared),
      body: body ?? null,
      // Else Bun decides by rules of its own, and by the environment of the process.
      proxy: way.proxy === null ? false : { url: way.proxy, respectNoProxy: false },
      ...(url.protocol === 'https:' ? { tls: await this.#trust(way) } : {}),
      redirect: 'manual',
      keepalive: isKept,
      signal: stop,
    })
    if (isKept) this.#keptMs = clock.monotonicMs()
    return response
  }

  /** After a failure: authorities may have been changed for others. */
  forgetTrust(): void {
    this.#authorities = null
  }

  #prepare(url: URL, { asked, isPost }: Pick<Prepared, 'asked' | 'isPost'>): Prepared {
    const { href } = url
    const last = this.#prepared
    if (last?.asked === asked && last.href === href && last.isPost === isPost) return last
    const way = httpWay(url, asked)
    const headers = this.#headers(url, { asked, isPost, way })
    this.#prepared = { asked, href, isPost, way, headers }
    return this.#prepared
  }

  #headers(url: URL, { asked, isPost, way }: Pick<Prepared, 'asked' | 'isPost' | 'way'>): Headers {
    const { agent } = this.#options
    const sent = new Headers({ 'Git-Protocol': 'version=2', 'User-Agent': way.userAgent ?? agent })
    if (isPost) {
      sent.set('Content-Type', 'application/x-git-upload-pack-request')
      sent.set('Accept', 'application/x-git-upload-pack-result')
    }
    const login = loginFor(url.href, asked.logins)
    if (login !== null) sent.set('Authorization', `Basic ${basicOf(login)}`)
    for (const [name, value] of way.headers) sent.append(name, value)
    return sent
  }

  async #cookies(url: URL, { way, headers }: Prepared): Promise<Headers> {
    const text = await readFile(way.cookieFile ?? '', 'utf8').catch(() => '')
    const cookies = cookiesFor(url, text, { nowMs: this.#options.clock.nowMs() })
    if (cookies === null) return headers
    const sent = new Headers(headers)
    sent.append('Cookie', cookies)
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
}
