/** What is served after a good pass, as who asked for it reads it. */
export interface NowServed {
  readonly commit: string
  /** What was served before, when that was another one. */
  readonly previous?: string
  readonly changed: boolean
  readonly link: string
}

export type PassEnd =
  | { readonly kind: 'stopped' }
  | { readonly kind: 'good'; readonly served: NowServed }
  | { readonly kind: 'failed'; readonly error: unknown }

/** Tells of the first pass that begins after somebody has asked. */
export interface NextPass {
  /** A pass begins. The returned function tells those who asked before how it ended. */
  begin(): (end: PassEnd) => void
  /** Calls `tell` once; the returned function takes that back. */
  ask(tell: (end: PassEnd) => void): () => void
  /** No pass will begin any more: whoever has asked, or will, is told so. */
  end(): void
}

export function createNextPass(): NextPass {
  let waiting = new Set<(end: PassEnd) => void>()
  let hasEnded = false
  return {
    begin() {
      const told = waiting
      waiting = new Set()
      return (end) => {
        for (const tell of told) tell(end)
      }
    },
    ask(tell) {
      const own = waiting
      own.add(tell)
      if (hasEnded) tell({ kind: 'stopped' })
      return () => void own.delete(tell)
    },
    end() {
      hasEnded = true
      for (const tell of waiting) tell({ kind: 'stopped' })
    },
  }
}
