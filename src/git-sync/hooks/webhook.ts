import { request } from '#kit/http-client.ts'
import type { Env } from '#kit/options.ts'
import { HookError, type HookRun } from './hook.ts'

export interface WebhookOptions {
  /** May hold a secret anywhere in it: what is said of a run never shows it. */
  readonly url: string
  readonly method: string
  /** The one status that means success; 0 and -1 for any. */
  readonly successStatus: number
  readonly timeoutMs: number
  /** Names proxies and certificates. */
  readonly env: Env
  readonly stop: AbortSignal
}

/** Asks the URL once, with the commit in the header `Gitsync-Hash` and without a body. */
export function webhook({ url, method, successStatus, ...options }: WebhookOptions): HookRun {
  return async ({ commit }) => {
    const { status } = await request(url, {
      ...options,
      method: knownMethod(method),
      headers: { 'Gitsync-Hash': commit },
      redirects: 'follow',
      mayBreakOff: true,
    })
    if (successStatus <= 0 || status === successStatus) return { status }
    throw new HookError(
      `The webhook answered ${status}, not --webhook-success-status ${successStatus}`,
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
