import type { Clock } from '#kit/clock.ts'
import { type Asked, HttpSender } from './http-sender.ts'
import { type Advertisement, lsRefsRequest, parseAdvertisement, parseRefs } from './ls-refs.ts'
import type { Refs } from './tip.ts'

export interface SmartHttpOptions {
  readonly url: string
  /** Sent to the host as what asks; begins with `git/`, as hosts expect. */
  readonly agent: string
  readonly clock: Clock
}

export interface RefsAsked {
  /** Full names of refs, or how they begin. */
  readonly prefixes: readonly string[]
  /** The same object for the same: what follows from it is worked out once. */
  readonly asked: Asked
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

/**
 * Asks a host of git's smart protocol, version 2, for refs, in this process: one request on a kept
 * connection, two for the first time. Source: gitprotocol-http(5), gitprotocol-v2(5).
 */
export class SmartHttp {
  readonly #agent: string
  readonly #sender: HttpSender
  /** As it was given, with a slash at its end. */
  readonly #given: URL
  /** Where the host has sent us on to, or the same. */
  #base: URL
  #advertised: Advertisement | null = null

  /** @param options with a URL that `isAskable` */
  constructor(options: SmartHttpOptions) {
    this.#agent = options.agent
    this.#sender = new HttpSender(options)
    this.#given = new URL(options.url.replace(/\/?$/, '/'))
    this.#base = this.#given
  }

  /**
   * @throws NotModelled when a setting may change what git would be told; Error when the host cannot
   * be reached, fails or speaks otherwise. Then git must ask.
   */
  async refs(options: RefsAsked): Promise<Refs> {
    if (this.#advertised !== null) {
      // The connection may have been closed, the host may have changed: then from the beginning.
      const refs = await this.#listed(this.#advertised, options).catch(() => null)
      if (refs !== null) return refs
      options.stop.throwIfAborted()
      this.#advertised = null
      this.#sender.forgetTrust()
    }
    const advertised = await this.#discovered(options)
    const refs = await this.#listed(advertised, options)
    if (this.#isAtItsName()) this.#advertised = advertised
    return refs
  }

  /** A repository has two names on most hosts. Another redirect may lead elsewhere tomorrow. */
  #isAtItsName(): boolean {
    const given = this.#given.href.slice(0, -1)
    return [`${given}/`, `${given}.git/`].includes(this.#base.href)
  }

  /** Follows redirects of this first request, as git does; the repository is where they end. */
  async #discovered(options: RefsAsked): Promise<Advertisement> {
    this.#base = this.#given
    for (let hops = 0; hops <= mostRedirects; hops++) {
      const response = await this.#sender.send(new URL(query, this.#base), options)
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

  async #listed({ objectFormat }: Advertisement, options: RefsAsked): Promise<Refs> {
    const { prefixes } = options
    const body = lsRefsRequest({ objectFormat, agent: this.#agent, prefixes })
    const url = new URL('git-upload-pack', this.#base)
    const response = await this.#sender.send(url, { ...options, body })
    const refs = parseRefs(await this.#body(response, 'result'))
    if (refs === null) throw new Error('the host answers with no list of refs')
    return refs
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
