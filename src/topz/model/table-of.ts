import type { Sample } from '#topz/sample/sample.ts'
import { containersOf } from './containers.ts'
import { eventsOf } from './events.ts'
import { networkOf } from './network.ts'
import { pairsOf } from './pairs.ts'
import { processesOf } from './processes.ts'
import { seesOf } from './sees.ts'
import { parentOfShortLived } from './short-lived.ts'
import type { Standing } from './standing.ts'
import type { Table } from './table.ts'
import { verdictOf } from './verdict.ts'

/** One moment as the views show it, and what the next one has to know of it. */
export interface Moment {
  readonly table: Table
  readonly standing: Standing
}

/** Two samples, and what the moment before left; without `previous`, rates are unknown. */
export interface MomentOptions {
  readonly previous: Sample | null
  readonly current: Sample
  /** `standing` of the moment before, however long ago that was. Default: there was none. */
  readonly standing?: Standing
}

/** The table of two samples alone: as `momentOf`, where nothing was before. */
export function tableOf(options: MomentOptions): Table {
  return momentOf(options).table
}

/** Two samples to one moment; pure. A previous sample that is not older is none. */
export function momentOf({ previous, current, standing }: MomentOptions): Moment {
  const older = previous !== null && previous.monotonicMs < current.monotonicMs ? previous : null
  const pairs = pairsOf(older, current)
  const processes = processesOf(older, current, pairs)
  const containers = containersOf(older, current, { rows: processes, before: pairs.before })
  const network = networkOf(older?.network ?? null, current.network)
  const sees = seesOf(current)
  const happened = eventsOf({
    previous: older,
    current,
    pairs,
    containers,
    standing: standing ?? null,
  })
  const table: Table = {
    schema: 1,
    takenAtMs: current.takenAtMs,
    intervalMs: older === null ? null : current.monotonicMs - older.monotonicMs,
    sampleMs: current.tookMs,
    sees,
    podUid: current.podUid,
    viewer: current.processes.find(({ pid }) => pid === current.ownPid)?.key ?? null,
    ...verdictOf({
      sees,
      containers,
      processes,
      network,
      standing: happened.standing,
      nowMs: current.takenAtMs,
      startsShortLived: (container) => startsShortLived(container, { current, ...pairs }),
    }),
    containers,
    processes,
    network,
    events: happened.events,
  }
  return { table, standing: happened.standing }
}

function startsShortLived(
  container: string,
  samples: Parameters<typeof parentOfShortLived>[1],
): { readonly name: string; readonly pid: number } | null {
  const parent = parentOfShortLived(container, samples)
  return parent === null ? null : { name: parent.facts.name, pid: parent.pid }
}
