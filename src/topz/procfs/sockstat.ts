/** Counts of sockets that cost next to nothing to ask for. */
export interface SocketCounts {
  /** In any state but time-wait, closed and that of a connection not yet accepted. */
  readonly tcp: number
  /** In the state time-wait, of IPv6 too. */
  readonly timeWait: number
}

/** `/proc/PID/net/sockstat`: `TCP: inuse 3 orphan 0 tw 192 alloc 3 mem 0`; null when it has no such. */
export function parseSockstat(text: string): SocketCounts | null {
  const found = /^TCP: inuse (\d+) .*\btw (\d+)/m.exec(text)
  return found === null ? null : { tcp: Number(found[1]), timeWait: Number(found[2]) }
}

/** `/proc/PID/net/sockstat6`: `TCP6: inuse 3`; 0 on a machine without IPv6. */
export function parseSockstat6(text: string): number {
  return Number(/^TCP6: inuse (\d+)/m.exec(text)?.[1] ?? 0)
}
