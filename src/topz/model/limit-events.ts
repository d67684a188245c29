import type { ContainerStanding, unremarkable } from './standing.ts'
import type { Container, EventKind } from './table.ts'
import { inPercent, lasting } from './words.ts'

/** What happened to one container in one interval, without where and when. */
export interface Happening {
  readonly kind: EventKind
  readonly says: string
}

/** The part of a container's standing that its limits are about. */
export type LimitStanding = Pick<ContainerStanding, keyof typeof unremarkable>

export interface LimitOptions {
  readonly before: LimitStanding
  readonly intervalMs: number
  /** Epoch milliseconds. */
  readonly takenAtMs: number
}

/** Throttling that comes and goes within some seconds is one thing that happens, not many. */
const smoothingMs = 10_000
const throttledFrom = 0.1
const throttledUntil = 0.03

/** Reached from here on; and reached anew only after it was down again. */
const memoryReached = 0.98
/** Where the kernel had to make room meanwhile, a look between two peaks is enough. */
const memoryReachedWithHits = 0.9
const memoryDown = 0.85
const processesReached = 1
const processesDown = 0.9

/** Limits of one container that it came to since the last table; the standing for the next one. */
export function limitEventsOf(
  container: Container,
  options: LimitOptions,
): { readonly happened: readonly Happening[]; readonly standing: LimitStanding } {
  const throttling = throttlingOf(container, options)
  const memory = memoryOf(container, options.before)
  const processes = processesOf(container, options.before)
  return {
    happened: [throttling.happened, memory.happened, processes.happened].filter(
      (happened) => happened !== null,
    ),
    standing: { ...throttling.standing, ...memory.standing, ...processes.standing },
  }
}

interface Step<Field extends keyof LimitStanding> {
  readonly happened: Happening | null
  readonly standing: Pick<LimitStanding, Field>
}

function throttlingOf(
  { label, throttled: now }: Container,
  { before, intervalMs, takenAtMs }: LimitOptions,
): Step<'throttled' | 'throttledSinceMs'> {
  const { throttledSinceMs } = before
  if (now === null) {
    return { happened: null, standing: { throttled: before.throttled, throttledSinceMs } }
  }
  const weight = 1 - Math.exp(-intervalMs / smoothingMs)
  const throttled = before.throttled + weight * (now - before.throttled)
  if (throttledSinceMs === null && throttled >= throttledFrom) {
    const says = `${label} is throttled: it needs more CPU than its limit`
    return {
      happened: { kind: 'throttling-began', says },
      standing: { throttled, throttledSinceMs: takenAtMs },
    }
  }
  if (throttledSinceMs !== null && throttled < throttledUntil) {
    const seconds = Math.max(0, takenAtMs - throttledSinceMs) / 1000
    const says = `${label} is not throttled any more, after ${lasting(seconds)}`
    return {
      happened: { kind: 'throttling-ended', says },
      standing: { throttled, throttledSinceMs: null },
    }
  }
  return { happened: null, standing: { throttled, throttledSinceMs } }
}

function memoryOf(
  { label, memoryBytes, memoryLimitBytes, memoryLimitHits }: Container,
  before: LimitStanding,
): Step<'memoryLimitHits' | 'memoryLimitReached'> {
  const share = shareOf(memoryBytes, memoryLimitBytes)
  // pages of files alone make hits too, so that hits far from the limit mean nothing
  const hits = before.memoryLimitHits !== null && (memoryLimitHits ?? 0) > before.memoryLimitHits
  const enough = hits ? memoryReachedWithHits : memoryReached
  const memoryLimitReached = reached(before.memoryLimitReached, {
    share,
    from: enough,
    until: memoryDown,
  })
  const rises = memoryLimitReached && !before.memoryLimitReached
  const says = `${label} reached its memory limit: it uses ${inPercent(share ?? 0)} of it`
  return {
    happened: rises ? { kind: 'memory-limit-reached', says } : null,
    standing: { memoryLimitHits, memoryLimitReached },
  }
}

function processesOf(
  { label, pids, pidsLimit }: Container,
  before: LimitStanding,
): Step<'processLimitReached'> {
  const processLimitReached = reached(before.processLimitReached, {
    share: shareOf(pids, pidsLimit),
    from: processesReached,
    until: processesDown,
  })
  const rises = processLimitReached && !before.processLimitReached
  const says = `${label} reached its limit of ${pidsLimit} processes and threads`
  return {
    happened: rises ? { kind: 'process-limit-reached', says } : null,
    standing: { processLimitReached },
  }
}

function reached(
  before: boolean,
  { share, from, until }: { share: number | null; from: number; until: number },
): boolean {
  return share === null ? before : share >= (before ? until : from)
}

function shareOf(part: number | null, whole: number | null): number | null {
  return part === null || whole === null || whole <= 0 ? null : part / whole
}
