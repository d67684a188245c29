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
  readonly stop: AbortSignal
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
  #authorities: { readonly file: string | null; readonly pem: string } | null = null

  constructor(options: HttpSenderOptions) {
    this.#options = options
    this.#keptMs = options.clock.monotonicMs()
  }

  /**
   * With a body by POST, else by GET. Redirects are the answer.
   * @throws NotModelled when a setting may change what git would be told; Error when nobody answers.
   */
  async send(url: URL, asked: Asked & { readonly body?: string }): Promise<Response> {
    const way = httpWay(url, asked)
    const { clock } = this.#options
    const silenceMs = clock.monotonicMs() - this.#keptMs
    const isKept = silenceMs < longestSilenceMs || silenceMs > closedMs
    const response = await fetch(url, {
      method: asked.body === undefined ? 'GET' : 'POST',
      headers: await this.#headers(url, { ...asked, way }),
      body: asked.body ?? null,
      // Else Bun decides by rules of its own, and by the environment of the process.
      proxy: way.proxy === null ? false : { url: way.proxy, respectNoProxy: false },
      ...(url.protocol === 'https:' ? { tls: await this.#trust(way) } : {}),
      redirect: 'manual',
      keepalive: isKept,
      signal: asked.stop,
    })
    if (isKept) this.#keptMs = clock.monotonicMs()
    return response
  }

  /** After a failure: authorities may have been changed for others. */
  forgetTrust(): void {
    this.#authorities = null
  }

  async #headers(
    url: URL,
    { way, logins, body }: Asked & { readonly way: HttpWay; readonly body?: string },
  ): Promise<Headers> {
    const { agent, clock } = this.#options
    const sent = new Headers({ 'Git-Protocol': 'version=2', 'User-Agent': way.userAgent ?? agent })
    if (body !== undefined) {
      sent.set('Content-Type', 'application/x-git-upload-pack-request')
      sent.set('Accept', 'application/x-git-upload-pack-result')
    }
    const login = loginFor(url.href, logins)
    if (login !== null) sent.set('Authorization', `Basic ${basicOf(login)}`)
    if (way.cookieFile !== null) {
      const text = await readFile(way.cookieFile, 'utf8').catch(() => '')
      const cookies = cookiesFor(url, text, { nowMs: clock.nowMs() })
      if (cookies !== null) sent.set('Cookie', cookies)
    }
    for (const [name, value] of way.headers) sent.append(name, value)
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
