import type { Sample } from '#topz/sample/sample.ts'
import { containersOf } from './containers.ts'
import { processesOf } from './processes.ts'
import { seesOf } from './sees.ts'
import type { Table } from './table.ts'
import { verdictOf } from './verdict.ts'

/**
 * Two samples to one moment as the views show it; pure. With no previous sample, or one that is not
 * older, rates are unknown.
 */
export function tableOf({
  previous,
  current,
}: {
  readonly previous: Sample | null
  readonly current: Sample
}): Table {
  const before = previous !== null && previous.monotonicMs < current.monotonicMs ? previous : null
  const processes = processesOf(before, current)
  const containers = containersOf(before, current, processes)
  const sees = seesOf(current)
  const newOomKills = newOomKillsOf(before, current)
  return {
    schema: 1,
    takenAtMs: current.takenAtMs,
    intervalMs: before === null ? null : current.monotonicMs - before.monotonicMs,
    sampleMs: current.tookMs,
    sees,
    podUid: current.podUid,
    ...verdictOf({ sees, containers, processes, newOomKills }),
    containers,
    processes,
    network: null,
    events: [],
  }
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
