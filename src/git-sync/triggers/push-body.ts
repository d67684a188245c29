import { timeLimit } from '#kit/time-limit.ts'

/** What one body may be, and all that are read at once. */
export const bodyLimits = {
  /** GitHub sends no more. */
  mostBytes: 25 << 20,
  /** A larger one is proven, but not kept to be read. */
  heldBytes: 1 << 20,
  allHeldBytes: 16 << 20,
  /** What a piece that is kept costs beside what is in it: anybody may send a byte at a time. */
  pieceBytes: 100,
  /** Hosts wait ten seconds for the answer. */
  ms: 10_000,
} as const

export type BodyLimits = Readonly<Record<keyof typeof bodyLimits, number>>

export type Body =
  | {
      readonly kind: 'whole'
      /** SHA-256 of all of it. */
      readonly digest: string
      /** Null when it is too large to be kept. */
      readonly bytes: Uint8Array | null
    }
  | { readonly kind: 'too_large' | 'too_slow' | 'broken_off' }

export interface BodyUse<T> {
  readonly update: (chunk: Uint8Array) => void
  readonly act: (body: Body) => T
}

export interface BodyReader {
  /** Hands out the body piece by piece, then whole. What is kept is free again after `act`. */
  read<T>(request: Request, use: BodyUse<T>): Promise<T>
}

export function createBodyReader(limits: BodyLimits = bodyLimits): BodyReader {
  let allHeld = 0

  /** Pieces of one body, as long as there is room for them. */
  function store(): { add(chunk: Uint8Array): void; bytes(): Uint8Array | null; free(): void } {
    let chunks: Uint8Array[] | null = []
    let held = 0
    const free = (): void => {
      chunks = null
      allHeld -= held
      held = 0
    }
    return {
      add(chunk) {
        if (chunks === null) return
        held += chunk.length + limits.pieceBytes
        allHeld += chunk.length + limits.pieceBytes
        chunks.push(chunk)
        if (held > limits.heldBytes || allHeld > limits.allHeldBytes) free()
      },
      bytes: () => (chunks === null ? null : Buffer.concat(chunks)),
      free,
    }
  }

  return {
    async read(request, { update, act }) {
      if (Number(request.headers.get('content-length') ?? 0) > limits.mostBytes) {
        return act({ kind: 'too_large' })
      }
      const held = store()
      try {
        const hasher = new Bun.CryptoHasher('sha256')
        const take = (chunk: Uint8Array): void => {
          hasher.update(chunk)
          update(chunk)
          held.add(chunk)
        }
        const kind = await pieces(request, { take, limits })
        if (kind !== 'whole') return act({ kind })
        return act({ kind, digest: hasher.digest('hex'), bytes: held.bytes() })
      } finally {
        held.free()
      }
    },
  }
}

async function pieces(
  request: Request,
  { take, limits }: { readonly take: (chunk: Uint8Array) => void; readonly limits: BodyLimits },
): Promise<Body['kind']> {
  const reader = request.body?.getReader()
  if (reader === undefined) return 'whole'
  using limit = timeLimit({ ms: limits.ms, stop: request.signal })
  const cancel = (): void => void reader.cancel().catch(() => {})
  limit.signal.addEventListener('abort', cancel, { once: true })
  let bytes = 0
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (request.signal.aborted) return 'broken_off'
      if (limit.signal.aborted) return 'too_slow'
      if (done) return 'whole'
      bytes += value.length
      if (bytes > limits.mostBytes) {
        cancel()
        return 'too_large'
      }
      take(value)
    }
  } catch {
    return 'broken_off'
  }
}
