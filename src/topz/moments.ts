import type { Clock } from '#kit/clock.ts'
import type { Log } from '#kit/log.ts'
import type { Standing } from '#topz/model/standing.ts'
import type { Table } from '#topz/model/table.ts'
import { momentOf } from '#topz/model/table-of.ts'
import { allParts, noParts, type Parts } from '#topz/sample/parts.ts'
import type { Sample } from '#topz/sample/sample.ts'

/** CPU is counted in ticks of 10 ms: over less time than this, rates are noise. */
export const shortestIntervalMs = 500

/** Beyond it an earlier sample says what was, not what is. */
const longestIntervalMs = 30_000

/** While nobody looks: what is dear is left out, but for what the next viewer's rates begin with. */
const idleParts: Parts = { ...noParts, waiting: true, network: true }

export interface MomentsOptions {
  readonly sampler: { take(parts: Parts): Promise<Sample> }
  readonly clock: Clock
  readonly log: Pick<Log, 'error'>
  /** Told when nobody looks any more. */
  readonly onRest?: () => void
  /** How old a table may be, and how often those who watch get a new one. */
  readonly intervalMs: number
  /** Told of every table, before anybody sees it; `monotonicMs` is that of its sample. */
  readonly onTable: (table: Table, monotonicMs: number) => void
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
  /** From now on there is a table each `idleMs` also while nobody looks, until `stop`. */
  goOn(idleMs: number, stop: AbortSignal): Promise<void>
  /** Something happened: when anybody looks or it goes on anyhow, there is a table at once. */
  hurry(): void
}

interface Moment {
  readonly sample: Sample
  readonly table: Table
}

export function createMoments(options: MomentsOptions): Moments {
  const { sampler, clock, log, onRest, intervalMs, onTable } = options
  const watchers = new Set<(table: Table) => void>()
  /** The last sample; it may have no table, as the first one. */
  let last: Sample | null = null
  /** The last moment when it is whole: all was read that viewers are shown. */
  let newest: Moment | null = null
  /** Monotonic, of the sample of the last table. */
  let tableMs = Number.NEGATIVE_INFINITY
  let standing: Standing | null = null
  let coming: { readonly whole: boolean; readonly table: Promise<Table> } | null = null
  let watching = false
  let hurrying = false
  let idleMs: number | null = null
  let failing = false

  const ageMs = (sample: Sample): number => clock.monotonicMs() - sample.monotonicMs

  function notOlder(oldestMs: number): Promise<Table> {
    return newest !== null && ageMs(newest.sample) <= oldestMs
      ? Promise.resolve(newest.table)
      : next({ whole: true })
  }

  async function next({ whole }: { readonly whole: boolean }): Promise<Table> {
    while (coming !== null) {
      if (coming.whole || !whole) return coming.table
      await coming.table.catch(() => {}) // who asked for it is told
    }
    const table = take(whole).finally(() => {
      coming = null
    })
    coming = { whole, table }
    return table
  }

  async function take(whole: boolean): Promise<Table> {
    const parts = whole ? allParts : idleParts
    const longestMs = Math.max(longestIntervalMs, 2 * (whole ? intervalMs : (idleMs ?? 0)))
    const known = last !== null && ageMs(last) <= longestMs ? last : null
    const previous = known ?? (await sampler.take(parts))
    const waitMs = shortestIntervalMs - ageMs(previous)
    if (waitMs > 0) await clock.sleep(waitMs)
    const sample = await sampler.take(parts)
    last = sample
    const moment = momentOf({
      previous,
      current: sample,
      ...(standing === null ? {} : { standing }),
    })
    standing = moment.standing
    // one that lacks something is shown to nobody: its rows need not stay until the next one
    newest = whole ? { sample, table: moment.table } : null
    tableMs = sample.monotonicMs
    onTable(moment.table, sample.monotonicMs)
    return moment.table
  }

  /** Failures in a row are told once; whoever needs a sample tries on. */
  async function attempt<T>(act: () => Promise<T>): Promise<T | null> {
    try {
      const result = await act()
      failing = false
      return result
    } catch (error) {
      if (!failing) log.error('cannot take a sample; trying on', { error })
      failing = true
      return null
    }
  }

  async function watchLoop(): Promise<void> {
    watching = true
    let told: Table | null = null
    while (watchers.size > 0) {
      const beganMs = clock.monotonicMs()
      // what somebody asked for meanwhile is news, what was told already is not
      const old: boolean = newest?.table === told
      const table: Table | null = await attempt(() =>
        old ? next({ whole: true }) : notOlder(shortestIntervalMs),
      )
      if (table !== null) {
        told = table
        for (const seen of watchers) seen(table)
      }
      await clock.sleep(Math.max(0, intervalMs - (clock.monotonicMs() - beganMs)))
    }
    watching = false
    if (newest !== null && ageMs(newest.sample) > intervalMs) newest = null
    onRest?.()
  }

  return {
    now: () => notOlder(intervalMs),
    watch(seen) {
      watchers.add(seen)
      if (!watching) void watchLoop()
      return () => void watchers.delete(seen)
    },
    async goOn(everyMs, stop) {
      idleMs = everyMs
      // what the first table is compared with
      await attempt(async () => {
        if (last === null && coming === null) last = await sampler.take(idleParts)
      })
      await clock.sleep(intervalMs, stop)
      while (!stop.aborted) {
        // one that whoever looks has taken does as well
        const leftMs = everyMs - (clock.monotonicMs() - tableMs)
        if (leftMs <= 0) await attempt(() => next({ whole: false }))
        await clock.sleep(leftMs > 0 ? leftMs : everyMs, stop)
      }
      idleMs = null
    },
    hurry() {
      if (hurrying || (watchers.size === 0 && idleMs === null)) return
      hurrying = true
      void attempt(() => next({ whole: watchers.size > 0 })).then(() => {
        hurrying = false
      })
    },
  }
}
