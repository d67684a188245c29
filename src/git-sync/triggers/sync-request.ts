import type { Clock } from '#kit/clock.ts'
import { formatDuration } from '#kit/duration.ts'
import { type Handler, safeHeaders } from '#kit/http.ts'
import type { Bell } from './bell.ts'
import type { PushHost } from './hosts/host.ts'
import type { NextPass, PassEnd } from './next-pass.ts'
import type { PushCounts } from './push-counts.ts'

export interface SyncRequestOptions {
  /** How a request is proven: by a secret that it shows. */
  readonly bearer: PushHost
  /** The secrets of this moment. @throws Error that tells why there are none */
  readonly secrets: () => readonly string[]
  readonly nextPass: NextPass
  readonly failure: (error: unknown) => Failure
  readonly timeoutMs: number
  readonly bell: Bell
  readonly counts: PushCounts
  readonly clock: Clock
  readonly stop: AbortSignal
}

/** What the caller may read of a failure. */
export interface Failure {
  readonly error: string
  readonly advice?: string
  /** The commit that is there and must not be published. */
  readonly refused?: string
}

/** Each holds a connection. */
const mostWaiting = 256

type Ended = PassEnd | { readonly kind: 'late' | 'left' }

/** By the status of an answer. */
const results: Readonly<Record<number, 'success' | 'refused'>> = { 200: 'success', 401: 'refused' }

/** Asks for a sync, and answers when one that began after the request is done. */
export function syncHandler(options: SyncRequestOptions): Handler {
  const { counts, clock, timeoutMs } = options
  let waiting = 0

  function isProven(request: Request): boolean {
    const { bearer } = options
    if (!bearer.sent(request.headers)) return false
    const proof = bearer.proof(request.headers, {
      secrets: options.secrets(),
      nowMs: clock.nowMs(),
    })
    return proof?.verdict() === 'proven'
  }

  return async (request, { idleLimit }) => {
    const startedMs = clock.monotonicMs()
    const answer = (status: number, said: object, headers = {}): Response => {
      counts.syncAsked(results[status] ?? 'error')
      return json(status, { said, headers })
    }
    try {
      if (!isProven(request)) {
        return answer(401, { error: 'not proven' }, { 'www-authenticate': 'Bearer' })
      }
    } catch {
      return answer(503, { error: 'the secret cannot be read here' }, { 'retry-after': '10' })
    }
    if (waiting >= mostWaiting) return answer(503, { error: 'busy' }, { 'retry-after': '1' })
    waiting++
    // For as long as this connection is: it ends with the answer.
    idleLimit(0)
    try {
      const end = await ended(options, request.signal)
      const ms = Math.round(clock.monotonicMs() - startedMs)
      if (end.kind === 'good') return answer(200, { ...end.served, ms })
      if (end.kind === 'failed') {
        const failure = options.failure(end.error)
        return answer(failure.refused === undefined ? 502 : 409, { ...failure, ms })
      }
      if (end.kind === 'late') {
        return answer(504, { error: `no sync was done within ${formatDuration(timeoutMs)}`, ms })
      }
      return answer(503, { error: 'stopping' }, { 'retry-after': '10' })
    } finally {
      waiting--
    }
  }
}

/** How the next pass ends, unless the time is over, the program is, or nobody waits any more. */
async function ended(
  { nextPass, bell, timeoutMs, clock, stop }: SyncRequestOptions,
  left: AbortSignal,
): Promise<Ended> {
  const { promise, resolve } = Promise.withResolvers<Ended>()
  const end = new AbortController()
  const stopped = (): void => resolve({ kind: 'stopped' })
  const gone = (): void => resolve({ kind: 'left' })
  const takeBack = nextPass.ask(resolve)
  stop.addEventListener('abort', stopped, { once: true })
  left.addEventListener('abort', gone, { once: true })
  if (stop.aborted) stopped()
  void clock.sleep(timeoutMs, end.signal).then(() => resolve({ kind: 'late' }))
  bell.ring('a request to /sync')
  const how = await promise
  end.abort()
  takeBack()
  stop.removeEventListener('abort', stopped)
  left.removeEventListener('abort', gone)
  return how
}

function json(
  status: number,
  { said, headers }: { readonly said: object; readonly headers: object },
): Response {
  return new Response(`${JSON.stringify(said)}\n`, {
    status,
    headers: {
      'content-type': 'application/json',
      connection: 'close',
      ...safeHeaders,
      ...headers,
    },
  })
}
