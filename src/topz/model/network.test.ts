import { expect, test } from 'bun:test'
import type { SampledNetwork } from '#topz/sample/sample.ts'
import { networkOf } from './network.ts'

const tcp = {
  established: 5,
  'syn-sent': 1,
  'syn-received': 0,
  'fin-wait-1': 0,
  'fin-wait-2': 2,
  'time-wait': 7,
  closed: 0,
  'close-wait': 3,
  'last-ack': 0,
  listening: 4,
  closing: 1,
} as const

const first: SampledNetwork = { readAtMs: 1000, receivedBytes: 100, sentBytes: 900, tcp }

test('the network is rates of its interfaces and counts of its connections', () => {
  const now = { ...first, readAtMs: 3000, receivedBytes: 500, sentBytes: 900 }
  expect(networkOf(first, now)).toEqual({
    receivedBytesPerSecond: 200,
    sentBytesPerSecond: 0,
    receivedBytes: 500,
    sentBytes: 900,
    tcpEstablished: 5,
    tcpListening: 4,
    tcpTimeWait: 7,
    tcpCloseWait: 3,
    tcpOther: 4,
    unknown: {},
  })
})

test('what it does not tell has its reason', () => {
  const silent = { ...first, sentBytes: 'not-offered', tcp: 'another-user' } as const
  expect(networkOf(null, silent)).toMatchObject({
    receivedBytesPerSecond: null,
    tcpOther: null,
    unknown: {
      receivedBytesPerSecond: 'first-sight',
      sentBytesPerSecond: 'not-offered',
      sentBytes: 'not-offered',
      tcpEstablished: 'another-user',
      tcpListening: 'another-user',
      tcpTimeWait: 'another-user',
      tcpCloseWait: 'another-user',
      tcpOther: 'another-user',
    },
  })
  expect(networkOf(first, null)).toBeNull()
})
