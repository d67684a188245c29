import { expect, test } from 'bun:test'
import { parseNetDev } from './net-dev.ts'
import { countStates, noStates, tcpReader } from './net-tcp.ts'
import { parseSockstat, parseSockstat6 } from './sockstat.ts'

const dev = `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo: 1208832    7062    0    0    0     0          0         0  1208832    7062    0    0    0     0       0          0
  eth0:10437     120    0    0    0     0          0         0     9126      93    0    0    0     0       0          0
eth0:1: 3 1 0 0 0 0 0 0 4 1 0 0 0 0 0 0
`

test('traffic is that of all interfaces but the loopback', () => {
  expect(parseNetDev(dev)).toEqual({ receivedBytes: 10440, sentBytes: 9130 })
  expect(parseNetDev('')).toEqual({ receivedBytes: 0, sentBytes: 0 })
})

test('sockets in use and in time-wait are counted by the kernel', () => {
  const text = 'sockets: used 22\nTCP: inuse 3 orphan 0 tw 192 alloc 3 mem 0\nUDP: inuse 0 mem 0\n'
  expect(parseSockstat(text)).toEqual({ tcp: 3, timeWait: 192 })
  expect(parseSockstat('sockets: used 1\n')).toBeNull()
  expect(parseSockstat6('TCP6: inuse 12\nUDP6: inuse 0\n')).toBe(12)
  expect(parseSockstat6('')).toBe(0)
})

/** Two of a real kernel, padded as it does, and one of IPv6 with a long number. */
const tcp = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode                                                     
   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 36071 1 000000003b1ed3a4 100 0 0 10 0                     
   1: 0100007F:A0C4 0100007F:1F90 06 00000000:00000000 03:00000FA2 00000000     0        0 0 3 00000000bd6ec45d                                      
12345: 0000000000000000FFFF00000100007F:1F90 0000000000000000FFFF00000100007F:D5F0 08 00000000:00000000 00:00000000 00000000     0        0 4 1
`

function counted(pieces: readonly string[]): [state: number, count: number][] {
  const counts = noStates()
  const reader = tcpReader(counts)
  for (const piece of pieces) {
    // what an earlier read left behind is not looked at
    countStates(Buffer.from(`${piece} 1: 2 3 01 4\n5: 6 7 01 `), piece.length, reader)
  }
  return [...counts.entries()].filter(([, count]) => count > 0)
}

test('sockets are counted by state, wherever the file is cut into pieces', () => {
  const all: [number, number][] = [
    [6, 1],
    [8, 1],
    [10, 1],
  ]
  expect(counted([tcp])).toEqual(all)
  for (let at = 1; at < tcp.length; at++) {
    expect(counted([tcp.slice(0, at), tcp.slice(at)])).toEqual(all)
  }
  expect(counted([...tcp])).toEqual(all)
})

test('a state of a kernel to come is none of ours', () => {
  expect(counted([`heading\n 0: a b FF c\n`])).toEqual([[0, 1]])
})
