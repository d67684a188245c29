import { PlaceTakenError } from '#git-sync/publish/publish.ts'
import { RefusedCommitError } from '#git-sync/tree/refusal.ts'
import type { Bell } from '#git-sync/triggers/bell.ts'
import { formatDuration } from '#kit/duration.ts'
import type { Log } from '#kit/log.ts'
import type { Outcome } from './pass.ts'

export interface LoopOptions {
  /** One pass; throws when it fails. */
  readonly pass: () => Promise<Outcome>
  /** After a good pass and before the next wait. */
  readonly succeeded: (outcome: Outcome) => Promise<void>
  readonly failed: (error: unknown, failures: number) => Promise<void>
  /** True while consumers find a tree: then a failing host does not end the program. */
  readonly servesTree: () => Promise<boolean>
  readonly periodMs: number
  /** Between two tries until the first good pass; 0 is the period with its back-off. */
  readonly initPeriodMs: number
  readonly oneTime: boolean
  /** Failures in a row that end it: 0 and 1 are the first one, negative is never, null is unsaid. */
  readonly maxFailures: number | null
  /** The same until the first good pass; null is the one above. */
  readonly initMaxFailures: number | null
  /** Who asks for a pass before its time. */
  readonly bell: Bell
  /** Ms until the next pass, when something is awaited that this one has not seen; else null. */
  readonly lookAgainMs: (outcome: Outcome) => number | null
  readonly log: Log
  readonly stop: AbortSignal
  /** From 0 to 1, a new one each call. */
  readonly random: () => number
}

export type LoopEnd = 'stopped' | 'done' | 'too-many-failures'

/** The longest pause that failures lead to, unless the period is longer. */
const longestBackoffMs = 300_000
/** The first pause after a failure of a pass that was asked for, unless the period is shorter. */
const owedPauseMs = 10_000

/** Passes one after the other, until it is told to stop, is done, or has failed too often. */
export async function loop(options: LoopOptions): Promise<LoopEnd> {
  const { log, stop, oneTime, bell } = options
  /** In a row. */
  let failures = 0
  /** Of them, those since somebody last asked for a pass: they make the pauses longer. */
  let doublings = 0
  /** Somebody has asked for a pass, and none was good since, or what he told of is not seen yet. */
  let isOwed = false
  let hasSucceeded = false
  while (!stop.aborted) {
    let waitMs = jittered(options.periodMs, options)
    try {
      const outcome = await options.pass()
      if (failures > 0) log.info('syncs succeed again', { failures })
      failures = 0
      doublings = 0
      hasSucceeded = true
      await options.succeeded(outcome)
      if (oneTime) return 'done'
      const lookAgainMs = options.lookAgainMs(outcome)
      isOwed = lookAgainMs !== null
      waitMs = lookAgainMs ?? waitMs
      log.debug(2, 'waiting for the next sync', { wait: formatDuration(waitMs) })
    } catch (error) {
      if (stop.aborted) break
      const isRefused = await isRefusal(error, options)
      if (!isRefused) failures++
      await options.failed(error, failures)
      if (!isRefused && (await isTooMany(failures, { ...options, hasSucceeded }))) {
        log.info('ending: too many failures, see --max-failures', { failures })
        return 'too-many-failures'
      }
      const isHost = !(error instanceof PlaceTakenError) && !isRefused
      waitMs = pauseMs(isHost ? doublings++ : 0, { ...options, hasSucceeded, isOwed })
      // One more look, for a push that the host did not show yet; else it stays refused.
      if (isRefused) isOwed = false
      log.debug(1, 'waiting before the next try', { wait: formatDuration(waitMs), failures })
    }
    const by = await bell.wait(waitMs, stop)
    if (by === null) continue
    doublings = 0
    isOwed = true
    log.debug(1, 'asked to sync now', { by })
  }
  return 'stopped'
}

/** A commit that may not be published is no failure of ours: what is served stays until the next. */
async function isRefusal(error: unknown, { oneTime, servesTree }: LoopOptions): Promise<boolean> {
  return error instanceof RefusedCommitError && !oneTime && (await servesTree())
}

/** What is so until the first good pass may not be so after it. */
type LoopState = LoopOptions & { readonly hasSucceeded: boolean }

async function isTooMany(failures: number, state: LoopState): Promise<boolean> {
  const { hasSucceeded, maxFailures, initMaxFailures, oneTime, servesTree, log } = state
  const limit = hasSucceeded ? maxFailures : (initMaxFailures ?? maxFailures)
  if (limit !== null) return limit >= 0 && failures >= limit
  // A tree that this process made is made again, whoever removed it.
  if (oneTime || !(hasSucceeded || (await servesTree()))) return true
  if (failures === 1)
    log.info('a whole tree has been served: trying again until --max-failures says not to')
  return false
}

/**
 * Longer with each failure, unless somebody said how long until the first good pass. Who told of a
 * push does not tell again: a long period is not waited for.
 */
function pauseMs(doublings: number, state: LoopState & { readonly isOwed: boolean }): number {
  const { periodMs, initPeriodMs, hasSucceeded, isOwed } = state
  if (!hasSucceeded && initPeriodMs > 0) return jittered(initPeriodMs, state)
  const longestMs = Math.max(periodMs, longestBackoffMs)
  const firstMs = isOwed ? Math.min(periodMs, owedPauseMs) : periodMs
  return jittered(Math.min(firstMs * 2 ** doublings, longestMs), state)
}

/** Up to a tenth less keeps many replicas apart: what is told stays the longest pause. */
function jittered(ms: number, { random }: LoopOptions): number {
  return ms * (1 - random() / 10)
}
