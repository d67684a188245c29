import { expect, test } from 'bun:test'
import type { SampledNetwork } from '#topz/sample/sample.ts'
import { networkOf } from './network.ts'
import { noConnections } from './samples-for-tests.ts'

const tcp = {
  ...noConnections(0),
  established: 5,
  'syn-sent': 1,
  'fin-wait-2': 2,
  'time-wait': 7,
  'close-wait': 3,
  listening: 4,
  closing: 1,
}

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
  const tcp = noConnections('another-user')
  const silent: SampledNetwork = { ...first, sentBytes: 'not-offered', tcp }
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
