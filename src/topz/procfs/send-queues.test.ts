import { expect, test } from 'bun:test'
import { sendQueues } from './send-queues.ts'

/** Of Linux 6.18, cut at the right. */
const tcp = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid
   0: 00000000:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0
   1: 0100007F:1F90 0100007F:C350 01 00000A28:00000000 01:00000014 00000000     0
   2: 0100007F:1F90 0100007F:C351 01 00000000:00000000 00:00000000 00000000     0
   3: 0100007F:0050 0100007F:C352 01 00000001:00000000 00:00000000 00000000     0
`
const tcp6 = `  sl  local_address                         remote_address                        st tx_queue
   0: 0000000000000000FFFF00000100007F:1F90 0000000000000000FFFF00000200007F:C350 01 00000010:00000000
`

test('what waits in our connections is told by the port of the other side', () => {
  expect([...sendQueues([tcp], 8080)]).toEqual([
    [0, 0],
    [50_000, 0xa28],
    [50_001, 0],
  ])
})

test('of two others with the same port the one that waits for less counts', () => {
  expect(sendQueues([tcp, tcp6], 8080).get(50_000)).toBe(16)
})
