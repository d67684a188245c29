import type { CredentialCounts } from '#git-sync/credentials/credential.ts'
import type { RefusedBy } from '#git-sync/tree/refusal.ts'
import { createRegistry, type Registry } from '#kit/metrics.ts'
import { addProcessMetrics } from '#kit/process-metrics.ts'

type Result = 'success' | 'error' | 'noop'

/** What is counted, under the names that dashboards of kubernetes/git-sync know. */
export interface Metrics extends CredentialCounts {
  readonly registry: Registry
  synced(status: Result, seconds: number): void
  fetched(): void
  commitRefused(by: RefusedBy): void
  hookRan(name: string, status: 'success' | 'error'): void
}

export function createMetrics(): Metrics {
  const registry = createRegistry()
  const duration = registry.summary('git_sync_duration_seconds', 'Duration of syncs', ['status'])
  const count = registry.counter('git_sync_count_total', 'Syncs by result', ['status'])
  const fetches = registry.counter(
    'git_fetch_count_total',
    'Syncs that published a tree, and the first good one of this process',
  )
  const refused = registry.counter(
    'git_sync_refused_commits_total',
    'Commits that were not published, by what refused them',
    ['by'],
  )
  const hooks = registry.counter('git_sync_hook_run_count_total', 'Runs of hooks by result', [
    'name',
    'status',
  ])
  const askpass = registry.counter('git_sync_askpass_calls', 'Calls of --askpass-url by result', [
    'status',
  ])
  const tokens = registry.counter(
    'git_sync_refresh_github_app_token_count',
    'Tokens asked of GitHub for the app, by result',
    ['status'],
  )
  addProcessMetrics(registry, '/proc')
  return {
    registry,
    askpassCalled: (status) => askpass.inc({ status }),
    githubTokenAsked: (status) => tokens.inc({ status }),
    synced(status, seconds) {
      duration.observe({ status }, seconds)
      count.inc({ status })
    },
    fetched: () => fetches.inc({}),
    commitRefused: (by) => refused.inc({ by }),
    hookRan: (name, status) => hooks.inc({ name, status }),
  }
}
