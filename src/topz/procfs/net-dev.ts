/** Bytes over all interfaces of `/proc/PID/net/dev` but the loopback, since each was made. */
export interface Traffic {
  readonly receivedBytes: number
  readonly sentBytes: number
}

/**
 * Two lines of heading, then `NAME: BYTES PACKETS ERRORS DROPPED FIFO FRAME COMPRESSED MULTICAST` of
 * what was received and as many numbers of what was sent, as in proc_pid_net(5).
 */
export function parseNetDev(text: string): Traffic {
  let receivedBytes = 0
  let sentBytes = 0
  for (const line of text.split('\n')) {
    const colon = line.lastIndexOf(':') // a name may hold one, an alias
    if (colon < 0 || line.slice(0, colon).trim() === 'lo') continue
    const numbers = line
      .slice(colon + 1)
      .trim()
      .split(/\s+/)
      .map(Number)
    receivedBytes += numbers[0] ?? 0
    sentBytes += numbers[8] ?? 0
  }
  return { receivedBytes, sentBytes }
}
