import { readFile } from 'node:fs/promises'
import { basicOf, type Login } from '#git-sync/git/auth.ts'
import type { Setting } from '#git-sync/git/git-config.ts'
import { loginFor } from '#git-sync/git/logins.ts'
import { trustedCertificates } from '#kit/certificates.ts'
import type { Clock } from '#kit/clock.ts'
import { cookiesFor } from './cookies.ts'
import { Fetched } from './fetched.ts'
import { Unusual } from './http-head.ts'
import type { HttpReply } from './http-reply.ts'
import { wireOf } from './http-request.ts'
import { type HttpWay, httpWay, NotModelled } from './http-way.ts'
import { KeptConnection } from './kept-connection.ts'

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

/** What follows from a question and what git would have: worked out once for many polls. */
interface Prepared {
  readonly asked: Asked
  readonly href: string
  readonly body: string | undefined
  readonly way: HttpWay
  /** Without cookies: they are read for each request. */
  readonly headers: Headers
  /** What goes over the wire; null when it has to be made each time, or by `fetch`. */
  readonly wire: Uint8Array | null
}

/** What a connection is opened for: with other credentials and settings it is another one. */
interface OpenedFor {
  readonly asked: Asked
  /** Null for plain http. */
  readonly tls: Bun.TLSOptions | null
}

export interface HttpSenderOptions {
  readonly agent: string
  readonly clock: Clock
}

/** Sends requests for refs as git would, one after the other, on a connection that is kept. */
export class HttpSender {
  readonly #options: HttpSenderOptions
  readonly #fetched: Fetched
  #kept: { readonly asked: Asked; readonly connection: KeptConnection } | null = null
  /** The host answers in a way that only `fetch` reads. */
  #isUnusual = false
  #prepared: Prepared | null = null
  #authorities: { readonly file: string | null; readonly pem: string } | null = null

  constructor(options: HttpSenderOptions) {
    this.#options = options
    this.#fetched = new Fetched(options.clock)
  }

  /**
   * Redirects are the answer.
   * @throws NotModelled when a setting may change what git would be told; Error when nobody answers.
   */
  async send(url: URL, { asked, stop, body }: SendOptions): Promise<HttpReply> {
    const prepared = this.#prepare(url, { asked, body })
    const { way } = prepared
    const headers = await this.#withCookies(url, prepared)
    const wire = headers === prepared.headers ? prepared.wire : wireOf(url, { headers, body })
    const tls = url.protocol === 'https:' ? await this.#trust(way) : null
    if (wire !== null && way.proxy === null && !this.#isUnusual) {
      try {
        return await this.#connection(url, { asked, tls }).ask(wire, stop)
      } catch (error) {
        if (!(error instanceof Unusual)) throw error
        this.#isUnusual = true
      }
    }
    return this.#fetched.ask(url, { headers, body, proxy: way.proxy, tls, stop })
  }

  /** After a failure: authorities may have been changed for others. */
  forgetTrust(): void {
    this.#authorities = null
    this.#kept?.connection.end()
    this.#kept = null
  }

  #connection(url: URL, { asked, tls }: OpenedFor): KeptConnection {
    if (this.#kept?.asked === asked) return this.#kept.connection
    this.#kept?.connection.end()
    const hostname = url.hostname.replace(/^\[|\]$/g, '')
    const port = Number(url.port) || (tls === null ? 80 : 443)
    const connection = new KeptConnection({ hostname, port, tls, clock: this.#options.clock })
    this.#kept = { asked, connection }
    return connection
  }

  #prepare(url: URL, { asked, body }: Pick<Prepared, 'asked' | 'body'>): Prepared {
    const { href } = url
    const last = this.#prepared
    if (last?.asked === asked && last.href === href && last.body === body) return last
    const way = httpWay(url, asked)
    const headers = this.#headers(url, { asked, isPost: body !== undefined, way })
    this.#prepared = { asked, href, body, way, headers, wire: wireOf(url, { headers, body }) }
    return this.#prepared
  }

  #headers(
    url: URL,
    { asked, isPost, way }: Pick<Prepared, 'asked' | 'way'> & { readonly isPost: boolean },
  ): Headers {
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

  async #withCookies(url: URL, { way, headers }: Prepared): Promise<Headers> {
    if (way.cookieFile === null) return headers
    const text = await readFile(way.cookieFile, 'utf8').catch(() => '')
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
