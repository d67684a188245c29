/*
 * /proc/net/tcp and tcp6, proc_net_tcp.txt of the kernel: one line a socket, numbers in hexadecimal,
 *   sl  local_address rem_address   st tx_queue:rx_queue …
 *    1: 0100007F:1F90 0100007F:C350 01 00000A28:00000000 …
 * tx_queue is what the program wrote and the other side has not acknowledged.
 */
const line = /^\s*\d+: [0-9A-F]+:([0-9A-F]{4}) [0-9A-F]+:([0-9A-F]{4}) [0-9A-F]{2} ([0-9A-F]{8}):/gm

/**
 * Bytes that wait for the other sides of connections to a port of ours, by the other side's port. Where
 * several others use the same port, the least of them: nobody is taken for slow that is not.
 */
export function sendQueues(texts: readonly string[], localPort: number): Map<number, number> {
  const queues = new Map<number, number>()
  for (const text of texts) {
    for (const [, local = '', remote = '', queue = ''] of text.matchAll(line)) {
      if (Number.parseInt(local, 16) !== localPort) continue
      const port = Number.parseInt(remote, 16)
      const bytes = Number.parseInt(queue, 16)
      queues.set(port, Math.min(bytes, queues.get(port) ?? bytes))
    }
  }
  return queues
}
