import type { Clock } from '#kit/clock.ts'
import type { Log } from '#kit/log.ts'
import type { Standing } from '#topz/model/standing.ts'
import type { Table } from '#topz/model/table.ts'
import { momentOf } from '#topz/model/table-of.ts'
import type { Sample } from '#topz/sample/sample.ts'

/** CPU is counted in ticks of 10 ms: over less time than this, rates are noise. */
export const shortestIntervalMs = 500

/** Beyond it an earlier sample says what was, not what is. */
const longestIntervalMs = 30_000

export interface MomentsOptions {
  readonly sampler: { sample(): Sample }
  readonly clock: Clock
  readonly log: Pick<Log, 'error'>
  /** How old a table may be, and how often those who watch get a new one. */
  readonly intervalMs: number
  /** Told of every table, before anybody sees it. */
  readonly onTable: (table: Table) => void
}

/** One sample serves everybody who asks; nobody asks, nothing is sampled. */
export interface Moments {
  /**
   * A table not older than the interval. When there is none, one sample is taken and compared with
   * the one before; the first ever, and the first in half a minute, take two, half a second apart.
   * Those who ask meanwhile share them.
   *
   * @throws when the process file system cannot be listed
   */
  now(): Promise<Table>
  /** Calls `seen` with a new table each interval, until the function returned is called. */
  watch(seen: (table: Table) => void): () => void
}

interface Moment {
  readonly sample: Sample
  readonly table: Table
  readonly standing: Standing
}

export function createMoments(options: MomentsOptions): Moments {
  const { sampler, clock, log, intervalMs, onTable } = options
  const watchers = new Set<(table: Table) => void>()
  let newest: Moment | null = null
  let coming: Promise<Table> | null = null
  let watching = false

  const ageMs = (moment: Moment): number => clock.monotonicMs() - moment.sample.monotonicMs

  function notOlder(oldestMs: number): Promise<Table> {
    if (newest !== null && ageMs(newest) <= oldestMs) return Promise.resolve(newest.table)
    return next()
  }

  function next(): Promise<Table> {
    coming ??= take().finally(() => {
      coming = null
    })
    return coming
  }

  async function take(): Promise<Table> {
    const longestMs = Math.max(longestIntervalMs, 2 * intervalMs)
    const known = newest !== null && ageMs(newest) <= longestMs ? newest.sample : null
    const previous = known ?? sampler.sample()
    const waitMs = shortestIntervalMs - (clock.monotonicMs() - previous.monotonicMs)
    if (waitMs > 0) await clock.sleep(waitMs)
    const sample = sampler.sample()
    const { table, standing } = momentOf({
      previous,
      current: sample,
      ...(newest === null ? {} : { standing: newest.standing }),
    })
    newest = { sample, table, standing }
    onTable(table)
    return table
  }

  async function watchLoop(): Promise<void> {
    watching = true
    let failing = false
    let told: Table | null = null
    while (watchers.size > 0) {
      const beganMs = clock.monotonicMs()
      try {
        // what somebody asked for meanwhile is news, what was told already is not
        const table: Table = await (newest?.table === told ? next() : notOlder(shortestIntervalMs))
        told = table
        for (const seen of watchers) seen(table)
        failing = false
      } catch (error) {
        if (!failing) log.error('cannot take a sample; trying on', { error })
        failing = true
      }
      await clock.sleep(Math.max(0, intervalMs - (clock.monotonicMs() - beganMs)))
    }
    watching = false
  }

  return {
    now: () => notOlder(intervalMs),
    watch(seen) {
      watchers.add(seen)
      if (!watching) void watchLoop()
      return () => void watchers.delete(seen)
    },
  }
}
