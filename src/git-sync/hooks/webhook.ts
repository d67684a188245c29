import { request } from '#kit/http-client.ts'
import type { Env } from '#kit/options.ts'
import { type Delivery, HookError, type HookRun } from './hook.ts'
import type { Payload } from './payload.ts'

export interface WebhookOptions {
  /** May hold a secret anywhere in it: what is said of a run never shows it. */
  readonly url: string
  readonly method: string
  /** The one status that means success; 0 and -1 for any. */
  readonly successStatus: number
  readonly timeoutMs: number
  /** What is sent with it; null for nothing but the commit. @throws HookError when it cannot be made. */
  readonly payload: ((delivery: Delivery) => Payload) | null
  /** Names proxies and certificates. */
  readonly env: Env
  readonly stop: AbortSignal
}

/** Asks the URL once, with the commit in the header `Gitsync-Hash`. */
export function webhook({ url, method, successStatus, payload, ...rest }: WebhookOptions): HookRun {
  return async (delivery) => {
    const sent = payload?.(delivery) ?? null
    const { status } = await request(url, {
      ...rest,
      ...(sent === null ? {} : { body: sent.body }),
      method: knownMethod(method),
      headers: { 'Gitsync-Hash': delivery.commit, ...sent?.headers },
      // Most redirects take the body away, and who answers then knows nothing of the commit.
      redirects: sent === null ? 'follow' : 'refuse',
      mayBreakOff: true,
    })
    if (successStatus <= 0 || status === successStatus) return { status }
    const wrong = `The webhook answered ${status}, not --webhook-success-status ${successStatus}`
    const isSentOn = sent !== null && status >= 300 && status < 400
    throw new HookError(
      isSentOn ? `${wrong}; a body is not sent on: give the URL it leads to` : wrong,
    )
  }
}

/** fetch would ask by GET when it does not know a method. */
function knownMethod(method: string): string {
  if (method === '') return 'GET'
  const known = new Request('http://localhost', { method }).method
  if (known === method.toUpperCase()) return known
  throw new HookError(`Cannot use --webhook-method ${method}: it is no method of HTTP`)
}
