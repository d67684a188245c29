import type { Sample } from '#topz/sample/sample.ts'
import { changesOf } from './changes.ts'
import { containerEventsOf } from './container-events.ts'
import { limitEventsOf } from './limit-events.ts'
import { oomEventsOf } from './oom-events.ts'
import type { Pairs } from './pairs.ts'
import { processEventsOf } from './process-events.ts'
import { type ContainerStanding, type Standing, standingOf } from './standing.ts'
import type { Container, EventKind, PodEvent } from './table.ts'

export interface EventsOptions {
  readonly previous: Sample | null
  readonly current: Sample
  readonly pairs: Pairs
  /** Of `current`, as the table has them. */
  readonly containers: readonly Container[]
  /** Null when there was no table before. */
  readonly standing: Standing | null
}

/** What happened between two samples, oldest first, and what the next two have to know. */
export interface Events {
  readonly events: readonly PodEvent[]
  readonly standing: Standing
}

/** How long something that happened is part of the verdict. */
const recentMs = 15 * 60_000

/** Of these the verdict speaks. */
const remembered: ReadonlySet<EventKind> = new Set([
  'oom-kill',
  'probable-oom',
  'container-restarted',
  'container-ended',
])

/** More than one sentence can tell. */
const mostRecent = 100

export function eventsOf({
  previous,
  current,
  pairs,
  containers,
  ...given
}: EventsOptions): Events {
  const standing = given.standing ?? (previous === null ? null : standingOf(previous))
  const { takenAtMs } = current
  const intervalMs = previous === null ? 0 : current.monotonicMs - previous.monotonicMs
  const labels = labelsOf(containers, standing)
  const lives = containerEventsOf({ standing, containers, takenAtMs, intervalMs })
  const events = [...lives.events]
  let oomOwed: Standing['oomOwed'] = new Map()
  if (previous !== null) {
    const changes = changesOf(previous, current, pairs)
    events.push(...processEventsOf(changes, { current, labels }))
    const owed = standing?.oomOwed ?? oomOwed
    const killed = oomEventsOf({ previous, current, changes, labels, owed })
    events.push(...killed.events)
    oomOwed = killed.owed
  }
  const after = new Map<string, ContainerStanding>()
  for (const container of containers) {
    const { key, label } = container
    const before = lives.standing.containers.get(key)
    if (before === undefined) continue
    const limits = limitEventsOf(container, { before, intervalMs, takenAtMs })
    after.set(key, { ...before, ...limits.standing })
    for (const { kind, says } of limits.happened) {
      events.push({ atMs: takenAtMs, kind, container: key, label, process: null, count: 1, says })
    }
  }
  return {
    events: events.toSorted((a, b) => a.atMs - b.atMs),
    standing: {
      containers: after,
      endedNames: lives.standing.endedNames,
      oomOwed,
      recent: recentOf([...(standing?.recent ?? []), ...events], takenAtMs),
    },
  }
}

function recentOf(events: readonly PodEvent[], nowMs: number): readonly PodEvent[] {
  return events
    .filter(({ kind, atMs }) => remembered.has(kind) && nowMs - atMs < recentMs && atMs <= nowMs)
    .slice(-mostRecent)
}

/** Containers of now by their labels, those that ended by that of then. */
function labelsOf(
  containers: readonly Container[],
  standing: Standing | null,
): (container: string) => string {
  const labels = new Map(containers.map(({ key, label }) => [key, label]))
  return (key) => labels.get(key) ?? standing?.containers.get(key)?.label ?? key.slice(0, 12)
}
