import type { Registry } from '#kit/metrics.ts'

/** What became of a delivery. */
export type Verdict =
  | 'synchronising'
  | 'seen'
  | 'own'
  | 'ping'
  | 'other_event'
  | 'other_repository'
  | 'other_ref'
  | 'unproven'
  | 'unreadable'
  | 'too_large'
  | 'too_slow'
  | 'broken_off'
  | 'busy'
  | 'no_secret'

/** What operators see of pushes; nobody but their own hosts and verdicts makes a series. */
export interface PushCounts {
  /** @param host its name, `unknown` when no host sends such headers */
  delivered(host: string, verdict: Verdict): void
  /** A push asked for a sync. */
  asked(nowMs: number): void
  passedOn(status: 'success' | 'error'): void
  syncAsked(status: 'success' | 'error' | 'refused'): void
}

export function createPushCounts(registry: Registry): PushCounts {
  const deliveries = registry.counter(
    'git_sync_push_deliveries_total',
    'Deliveries to /push by git host and by what became of them',
    ['host', 'verdict'],
  )
  const last = registry.gauge(
    'git_sync_push_last_timestamp_seconds',
    'When a push last asked for a sync',
  )
  const peers = registry.counter(
    'git_sync_push_peers_total',
    'Deliveries passed on to other replicas, by result',
    ['status'],
  )
  const requests = registry.counter(
    'git_sync_push_sync_requests_total',
    'Requests to /sync by result',
    ['status'],
  )
  return {
    delivered: (host, verdict) => deliveries.inc({ host, verdict }),
    asked: (nowMs) => last.set({}, nowMs / 1000),
    passedOn: (status) => peers.inc({ status }),
    syncAsked: (status) => requests.inc({ status }),
  }
}
