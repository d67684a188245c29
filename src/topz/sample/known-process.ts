import type { Missing } from '#topz/procfs/missing.ts'
import type { Schedstat } from '#topz/procfs/schedstat.ts'
import type { Counters, Facts } from './sample.ts'

/** What is kept of a process between samples. */
export interface KnownProcess {
  readonly pid: number
  /** `SampledProcess.key`. */
  readonly key: string
  readonly startTicks: number
  /** Descriptors, -1 where none is kept. Each stays bound to this very process, whoever gets its PID. */
  stat: number
  schedstat: number
  /** On the folder of its open files. */
  files: number
  /** Why its disk figures are not asked for any more; null while they are. */
  noDisk: Missing | null
  nameHash: number
  facts: Facts
  /** What was read last; the same object while nothing in it changes. */
  counters: Counters
  /** Who its parent was then; undefined when it is none that we know. */
  parent: KnownProcess | undefined
  /** When that was, monotonic. */
  countedAtMs: number
  /** In how many samples `counters` were taken over since then. */
  takenOver: number
  /** Whether it slept then, without other threads. */
  asleep: boolean
  /** What the scheduler said of it last; `turns` is -1 before that. */
  readonly schedule: Schedstat
  /** The sample in which that was. */
  scheduleRound: number
  /** In how many samples it was, up to two. */
  sightings: number
  /** It is a zombie or nearly. */
  exiting: boolean
  /** The last sample that it was in. */
  round: number
}
