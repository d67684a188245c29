import type { Missing } from '#topz/procfs/missing.ts'
import type { Facts } from './sample.ts'

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
  /** In how many samples it was, up to two. */
  sightings: number
  /** It is a zombie or nearly. */
  exiting: boolean
  /** The last sample that it was in. */
  round: number
}
