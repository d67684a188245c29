import type { Sample, SampledContainer } from '#topz/sample/sample.ts'
import type { Change } from './changes.ts'
import type { OwedKills, Standing } from './standing.ts'
import type { PodEvent } from './table.ts'
import { called, counted, inPercent } from './words.ts'

export interface OomOptions {
  readonly previous: Sample
  readonly current: Sample
  readonly changes: readonly Change[]
  readonly labels: (container: string) => string
  /** Of the table before. */
  readonly owed: Standing['oomOwed']
}

export interface OomEvents {
  readonly events: readonly PodEvent[]
  readonly owed: Standing['oomOwed']
}

/** Of more kills at once, the rest is counted. */
const mostNamed = 3

/** Who is large and killed takes its time to end; whoever did not by then was never seen. */
const longestDeathMs = 2_000

/** How near its limit a container has to be for its sudden end to be put down to memory. */
const nearLimit = 0.9

/**
 * What the kernel killed for memory, or probably did. It counts a kill before the process has ended,
 * so that what no end accounts for waits for the ends of the next tables.
 */
export function oomEventsOf(options: OomOptions): OomEvents {
  const { previous, current } = options
  const events: PodEvent[] = []
  const owed = new Map<string, OwedKills>()
  const living = new Map(current.containers.map((container) => [container.key, container]))
  const ended = new Map(current.ended.map((container) => [container.key, container]))
  for (const before of previous.containers) {
    const { key } = before
    const now = living.get(key)
    const late = options.owed.get(key) ?? { kills: 0, sinceMs: current.takenAtMs }
    const last = now ?? ended.get(key) ?? before
    const kills = killsBetween(before, last) + late.kills
    if (now === undefined) {
      events.push(...endOf(before, { last, kills }, options))
    } else if (kills > 0) {
      const likely = likelyIn(key, kills, options)
      const left = kills - likely.length
      const waits = Math.abs(current.takenAtMs - late.sinceMs) < longestDeathMs
      if (left > 0 && waits) owed.set(key, { kills: left, sinceMs: late.sinceMs })
      events.push(...killsIn(key, { likely, unseen: waits ? 0 : left }, options))
    }
  }
  return { events, owed }
}

function killsBetween(before: SampledContainer, now: SampledContainer): number {
  const earlier = before.figures.oomKills
  const later = now.figures.oomKills
  return typeof earlier === 'number' && typeof later === 'number' ? Math.max(0, later - earlier) : 0
}

/** The kernel counts and does not say whom. It prefers the largest, so those that ended are taken so. */
function likelyIn(container: string, kills: number, { changes }: OomOptions): readonly Change[] {
  return changes
    .filter(({ kind, process }) => kind === 'exit' && process.facts.container === container)
    .toSorted((a, b) => rssOf(b) - rssOf(a))
    .slice(0, kills)
}

function killsIn(
  container: string,
  { likely, unseen }: { readonly likely: readonly Change[]; readonly unseen: number },
  options: OomOptions,
): PodEvent[] {
  const event = about(container, options)
  const named = likely.slice(0, mostNamed)
  const events = named.map(({ process }) => ({
    ...event,
    process: process.key,
    says: `Out of memory: the kernel killed a process of ${event.label}, probably ${called({
      name: process.facts.name,
      pid: process.pid,
    })}`,
  }))
  const rest = likely.length - named.length + unseen
  if (rest === 0) return events
  const more = named.length === 0 ? '' : 'more '
  const victims = counted(rest, `${more}process`, `${more}processes`)
  const says = `Out of memory: the kernel killed ${victims} of ${event.label}`
  return [...events, { ...event, count: rest, says }]
}

/** A container of which nothing is left. */
function endOf(
  before: SampledContainer,
  { last, kills }: { readonly last: SampledContainer; readonly kills: number },
  options: OomOptions,
): PodEvent[] {
  const event = about(before.key, options)
  if (kills > 0) {
    const says = `Out of memory: the kernel killed ${event.label} whole`
    return [{ ...event, count: kills, says }]
  }
  const share = Math.max(shareOf(last, options.previous), shareOf(before, options.previous))
  if (share < nearLimit) return []
  const says = `${event.label} ended all at once at ${inPercent(share)} of its memory limit: probably out of memory`
  return [{ ...event, kind: 'probable-oom', says }]
}

/** Working set, or where that is hidden the sum of what its processes had, over the limit. */
function shareOf({ key, figures }: SampledContainer, previous: Sample): number {
  const { memoryBytes, memoryLimitBytes } = figures
  if (typeof memoryLimitBytes !== 'number' || memoryLimitBytes <= 0) return 0
  if (typeof memoryBytes === 'number') return memoryBytes / memoryLimitBytes
  let sum = 0
  for (const { facts, counters } of previous.processes) {
    if (facts.container === key && typeof counters !== 'string') sum += counters.rssBytes
  }
  return sum / memoryLimitBytes
}

function rssOf({ process: { counters } }: Change): number {
  return typeof counters === 'string' ? 0 : counters.rssBytes
}

function about(container: string, { current, labels }: OomOptions): Omit<PodEvent, 'says'> {
  return {
    atMs: current.takenAtMs,
    kind: 'oom-kill',
    container,
    label: labels(container),
    process: null,
    count: 1,
  }
}
