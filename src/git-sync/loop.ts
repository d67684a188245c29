import { PlaceTakenError } from '#git-sync/publish/publish.ts'
import type { Clock } from '#kit/clock.ts'
import { formatDuration } from '#kit/duration.ts'
import { type Log, reasonOf } from '#kit/log.ts'
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
  readonly oneTime: boolean
  readonly maxFailures: number
  readonly maxFailuresGiven: boolean
  readonly clock: Clock
  readonly log: Log
  readonly stop: AbortSignal
  /** From 0 to 1, a new one each call. */
  readonly random: () => number
}

export type LoopEnd = 'stopped' | 'done' | 'too-many-failures'

/** The longest pause that failures lead to, unless the period is longer. */
const longestBackoffMs = 300_000

/** Passes one after the other, until it is told to stop, is done, or has failed too often. */
export async function loop(options: LoopOptions): Promise<LoopEnd> {
  const { clock, log, stop, oneTime } = options
  let failures = 0
  while (!stop.aborted) {
    try {
      const outcome = await options.pass()
      failures = 0
      await options.succeeded(outcome)
      if (oneTime) return 'done'
      await clock.sleep(jittered(options), stop)
    } catch (error) {
      if (stop.aborted) break
      failures++
      await options.failed(error, failures)
      if (await isTooMany(failures, options)) return 'too-many-failures'
      const waitMs =
        error instanceof PlaceTakenError ? jittered(options) : backoffMs(failures, options)
      log.debug(1, 'waiting before the next try', { wait: formatDuration(waitMs), failures })
      await clock.sleep(waitMs, stop)
    }
  }
  return 'stopped'
}

/** The limit, zero and one being the first failure, negative being never. */
async function isTooMany(failures: number, options: LoopOptions): Promise<boolean> {
  const { maxFailures, maxFailuresGiven, oneTime, log } = options
  if (maxFailures < 0 || failures < maxFailures) return false
  if (maxFailuresGiven || oneTime || !(await options.servesTree())) return true
  if (failures === 1)
    log.info('a whole tree is served: trying again until --max-failures says not to')
  return false
}

/** The period is the longest pause; up to a tenth less keeps many replicas apart. */
function jittered({ periodMs, random }: LoopOptions): number {
  return periodMs * (1 - random() / 10)
}

function backoffMs(failures: number, { periodMs, random }: LoopOptions): number {
  const longest = Math.max(periodMs, longestBackoffMs)
  const doubled = Math.min(periodMs * 2 ** (failures - 1), longest)
  return doubled * (1 - random() / 10)
}

/** What a person reads of a failed pass: the reason and, when there is one, the advice. */
export function failureFields(error: unknown): Record<string, unknown> {
  const advice = error instanceof Error && 'advice' in error ? error.advice : null
  return { error: reasonOf(error), ...(advice ? { advice } : {}) }
}
