/** What a delivery says, as far as we need it. */
export type Announcement =
  /** The host asks whether somebody is here. */
  | { readonly kind: 'ping' }
  /** It tells of something else: `event` in the host's words. */
  | { readonly kind: 'other'; readonly event: string }
  | {
      readonly kind: 'push'
      /** What the host calls the repository: `OWNER/NAME` and URLs. Empty when it does not say. */
      readonly repositories: readonly string[]
      /** Empty when it does not say which refs moved. */
      readonly changes: readonly RefChange[]
    }

export interface RefChange {
  /** Full name: `refs/heads/main`. */
  readonly ref: string
  /**
   * What it is now, as a full hash; null when it was deleted, absent when the host does not say. Of
   * an annotated tag, the tag's.
   */
  readonly commit?: string | null
}

/** Takes the body piece by piece, so that a large one is proven without being held. */
export interface Proof {
  update(chunk: Uint8Array): void
  /**
   * Ends it. `stale`: rightly signed, but too long ago. `ping`: what anybody can send, and what may do
   * nothing for that.
   */
  verdict(): 'proven' | 'wrong' | 'stale' | 'ping'
}

export interface ProofOptions {
  /** Each may have signed it: the one before and the one after a rotation. Never empty. */
  readonly secrets: readonly string[]
  readonly nowMs: number
}

/** One kind of git host: how its deliveries are known, proven and read. */
export interface PushHost {
  /** As logs and metrics name it. */
  readonly name: string
  /** True for the headers of a delivery of this host, proven or not. */
  sent(headers: Headers): boolean
  /** How the delivery with these headers is proven; null when they lack what proves it. */
  proof(headers: Headers, options: ProofOptions): Proof | null
  /** Reads a proven delivery. @throws Error with one sentence when the body is not what it ought to be. */
  read(headers: Headers, body: Uint8Array): Announcement
}
