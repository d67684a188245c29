import type { Sample } from '#topz/sample/sample.ts'
import type { PodEvent } from './table.ts'

/** What has to be remembered from table to table, beside the last sample. Never changed: made anew. */
export interface Standing {
  /** By `Container.key`: those of the last table. */
  readonly containers: ReadonlyMap<string, ContainerStanding>
  /** Names of containers that ended, the latest last: one that comes again was restarted. */
  readonly endedNames: ReadonlySet<string>
  /** By `Container.key`: OOM kills that the kernel counted, and of which nobody has ended yet. */
  readonly oomOwed: ReadonlyMap<string, OwedKills>
  /** OOM kills, ends and restarts of the last quarter of an hour, oldest first: for the verdict. */
  readonly recent: readonly PodEvent[]
}

export interface OwedKills {
  readonly kills: number
  /** Epoch milliseconds at which the oldest was counted. */
  readonly sinceMs: number
}

/** What was so of a container when it was last looked at. */
export interface ContainerStanding {
  readonly label: string
  /** The pod's name for it. */
  readonly name: string | null
  /** Epoch milliseconds at which it was seen first. */
  readonly seenAtMs: number
  /** At that last look. */
  readonly ageSeconds: number | null
  /** Whether its start was told, or it was there before. One without a name may get it yet. */
  readonly announced: boolean
  /** Throttling smoothed over some seconds, 0 to 1. */
  readonly throttled: number
  /** Epoch milliseconds since when it is throttled for longer than a moment, else null. */
  readonly throttledSinceMs: number | null
  readonly memoryLimitHits: number | null
  readonly memoryLimitReached: boolean
  readonly processLimitReached: boolean
}

/** Of a container that nothing happened to yet. */
export const unremarkable = {
  throttled: 0,
  throttledSinceMs: null,
  memoryLimitHits: null,
  memoryLimitReached: false,
  processLimitReached: false,
} as const satisfies Partial<ContainerStanding>

/** Before the first table that has something to compare: what was there was there. */
export function standingOf(previous: Sample): Standing {
  return {
    containers: new Map(
      previous.containers.map(({ key, name }) => [
        key,
        {
          ...unremarkable,
          label: name ?? key.slice(0, 12),
          name,
          seenAtMs: previous.takenAtMs,
          ageSeconds: null,
          announced: true,
        },
      ]),
    ),
    endedNames: new Set(),
    oomOwed: new Map(),
    recent: [],
  }
}
