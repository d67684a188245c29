import type { PushHost } from './host.ts'

/** What a proof says of a body in pieces; `null` when there is nothing to prove it by. */
export function verdictOf(
  proof: PushHost['proof'],
  {
    headers,
    body,
    secrets,
    nowMs,
    pieceBytes = 1_000,
  }: {
    readonly headers: Headers
    readonly body: Uint8Array
    readonly secrets: readonly string[]
    readonly nowMs: number
    readonly pieceBytes?: number
  },
): 'proven' | 'wrong' | 'stale' | 'ping' | 'null' {
  const made = proof(headers, { secrets, nowMs })
  for (let at = 0; at < body.length; at += pieceBytes) {
    made?.update(body.subarray(at, at + pieceBytes))
  }
  return made?.verdict() ?? 'null'
}
