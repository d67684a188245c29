import type { Clock } from '#kit/clock.ts'
import type { HttpReply } from './http-reply.ts'
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
      const reply = await this.#sender.send(new URL(query, this.#base), options)
      const { status, location } = reply
      if (status < 300 || status > 399 || location === null) {
        const advertised = parseAdvertisement(bodyOf(reply, 'advertisement'))
        if (advertised !== null) return advertised
        throw new Error('the host does not speak version 2 of the protocol')
      }
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
    const reply = await this.#sender.send(url, { ...options, body })
    const refs = parseRefs(bodyOf(reply, 'result'))
    if (refs === null) throw new Error('the host answers with no list of refs')
    return refs
  }
}

function bodyOf({ status, contentType, body }: HttpReply, kind: string): Uint8Array {
  if (status !== 200) throw new Error(`the host answers ${status}`)
  if (contentType !== `application/x-git-upload-pack-${kind}`) {
    throw new Error('the host answers with no smart protocol')
  }
  return body
}
