import { RefusedCommitError } from '#git-sync/tree/refusal.ts'
import type { Clock } from '#kit/clock.ts'
import { type Log, reasonOf } from '#kit/log.ts'
import type { ErrorFile } from './error-file.ts'
import type { Heartbeat } from './heartbeat.ts'
import type { Metrics } from './metrics.ts'
import type { Outcome } from './pass.ts'

export interface ReportsOptions {
  readonly metrics: Metrics
  readonly errorFile: ErrorFile
  readonly heart: Heartbeat
  readonly log: Log
  readonly clock: Clock
  readonly periodMs: number
  readonly syncTimeoutMs: number
}

/** What is told of passes: figures, the log, the error file, and that the loop turns. */
export interface Reports {
  /** A pass of this process was good. */
  hasSynced(): boolean
  /** Does a pass, with its time and how it ended counted. */
  counted(pass: () => Promise<Outcome>): Promise<Outcome>
  succeeded(): Promise<void>
  failed(error: unknown, failures: number): Promise<void>
}

/** No failure is followed by a longer pause, unless the period is longer. */
const longestPauseMs = 300_000

export function createReports(options: ReportsOptions): Reports {
  const { metrics, errorFile, heart, log, clock, periodMs, syncTimeoutMs } = options
  let hasSynced = false
  /** The last commit that was not to be published: told of once. */
  let refused: RefusedCommitError | null = null
  return {
    hasSynced: () => hasSynced,
    async counted(pass) {
      heart.beat(syncTimeoutMs)
      const startedMs = clock.monotonicMs()
      const seconds = (): number => (clock.monotonicMs() - startedMs) / 1000
      const outcome = await pass().catch((error: unknown) => {
        metrics.synced('error', seconds())
        throw error
      })
      // As dashboards know it: the first good pass of a process counts as an update.
      const isUpdate = outcome.kind === 'published' || !hasSynced
      metrics.synced(isUpdate ? 'success' : 'noop', seconds())
      if (isUpdate) metrics.fetched()
      return outcome
    },
    async succeeded() {
      hasSynced = true
      await errorFile.clear()
      heart.beat(periodMs)
    },
    async failed(error, failures) {
      const fields = failureFields(error)
      if (!(error instanceof RefusedCommitError)) log.error('sync failed', { ...fields, failures })
      else if (error !== refused) {
        refused = error
        metrics.commitRefused(error.by)
        log.error('commit refused', { ...fields, ...error.said })
      }
      await errorFile.write('sync failed', error)
      heart.beat(Math.max(periodMs, longestPauseMs))
    },
  }
}

/** What a person reads of a failed pass: the reason and, when there is one, the advice. */
function failureFields(error: unknown): Record<string, unknown> {
  const advice = error instanceof Error && 'advice' in error ? error.advice : null
  return { error: reasonOf(error), ...(advice ? { advice } : {}) }
}
