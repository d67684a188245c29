import type { Sample } from '#topz/sample/sample.ts'
import { containersOf } from './containers.ts'
import { networkOf } from './network.ts'
import { pairsOf } from './pairs.ts'
import { processesOf } from './processes.ts'
import { seesOf } from './sees.ts'
import { nothingStanding, type Standing } from './standing.ts'
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
export function momentOf({ previous, current, standing = nothingStanding }: MomentOptions): Moment {
  const before = previous !== null && previous.monotonicMs < current.monotonicMs ? previous : null
  const pairs = pairsOf(before, current)
  const processes = processesOf(before, current, pairs)
  const containers = containersOf(before, current, { rows: processes, before: pairs.before })
  const sees = seesOf(current)
  const newOomKills = newOomKillsOf(before, current)
  const table: Table = {
    schema: 1,
    takenAtMs: current.takenAtMs,
    intervalMs: before === null ? null : current.monotonicMs - before.monotonicMs,
    sampleMs: current.tookMs,
    sees,
    podUid: current.podUid,
    viewer: current.processes.find(({ pid }) => pid === current.ownPid)?.key ?? null,
    ...verdictOf({ sees, containers, processes, newOomKills }),
    containers,
    processes,
    network: networkOf(before?.network ?? null, current.network),
    events: [],
  }
  return { table, standing }
}

function newOomKillsOf(previous: Sample | null, current: Sample): Map<string, number> {
  const kills = new Map<string, number>()
  for (const { key, figures } of current.containers) {
    const earlier = previous?.containers.find((container) => container.key === key)?.figures
      .oomKills
    if (typeof figures.oomKills !== 'number' || typeof earlier !== 'number') continue
    kills.set(key, Math.max(0, figures.oomKills - earlier))
  }
  return kills
}
