import type { SampledNetwork, TcpState } from '#topz/sample/sample.ts'
import { Gaps, type Known, perSecond, plus } from './rate.ts'
import type { Network } from './table.ts'

/** States that have a field of their own; the rest are counted together. */
const counted: ReadonlySet<TcpState> = new Set([
  'established',
  'listening',
  'time-wait',
  'close-wait',
])

/** Rates and connections of the network that the containers share; null when it cannot be read. */
export function networkOf(
  before: SampledNetwork | null,
  now: SampledNetwork | null,
): Network | null {
  if (now === null) return null
  const gaps = new Gaps<keyof Network>()
  const { tcp } = now
  const state = (name: TcpState): Known => tcp[name]
  const rate = (of: 'receivedBytes' | 'sentBytes'): Known =>
    perSecond(before === null ? null : { value: before[of], atMs: before.readAtMs }, {
      value: now[of],
      atMs: now.readAtMs,
    })
  return {
    receivedBytesPerSecond: gaps.take('receivedBytesPerSecond', rate('receivedBytes')),
    sentBytesPerSecond: gaps.take('sentBytesPerSecond', rate('sentBytes')),
    receivedBytes: gaps.take('receivedBytes', now.receivedBytes),
    sentBytes: gaps.take('sentBytes', now.sentBytes),
    tcpEstablished: gaps.take('tcpEstablished', state('established')),
    tcpListening: gaps.take('tcpListening', state('listening')),
    tcpTimeWait: gaps.take('tcpTimeWait', state('time-wait')),
    tcpCloseWait: gaps.take('tcpCloseWait', state('close-wait')),
    tcpOther: gaps.take('tcpOther', othersOf(tcp)),
    unknown: gaps.end(),
  }
}

/** Those that are known, added up. */
function othersOf(tcp: SampledNetwork['tcp']): Known {
  let others: Known | null = null
  for (const [state, count] of Object.entries(tcp)) {
    if (!counted.has(state as TcpState)) others = plus(others, count)
  }
  return others ?? 'not-offered'
}
