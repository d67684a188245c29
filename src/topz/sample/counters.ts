import type { StatFields } from '#topz/procfs/stat.ts'
import type { Surroundings } from './machine.ts'
import type { Counters } from './sample.ts'

type Units = Pick<Surroundings, 'ticksPerSecond' | 'pageBytes'>

export function countersOf(fields: StatFields, { ticksPerSecond, pageBytes }: Units): Counters {
  return {
    state: String.fromCharCode(fields.state),
    parentPid: fields.parentPid,
    threads: fields.threads,
    cpuSeconds: fields.cpuTicks / ticksPerSecond,
    childCpuSeconds: fields.childCpuTicks / ticksPerSecond,
    startSeconds: fields.startTicks / ticksPerSecond,
    rssBytes: fields.rssPages * pageBytes,
  }
}

/** Whether `countersOf` would give the same again, for the same process. On the hot path. */
export function areSame(
  counters: Counters,
  fields: StatFields,
  { ticksPerSecond, pageBytes }: Units,
): boolean {
  return (
    counters.rssBytes === fields.rssPages * pageBytes &&
    counters.cpuSeconds === fields.cpuTicks / ticksPerSecond &&
    counters.childCpuSeconds === fields.childCpuTicks / ticksPerSecond &&
    counters.parentPid === fields.parentPid &&
    counters.threads === fields.threads &&
    counters.state.charCodeAt(0) === fields.state
  )
}

/** Whether only what others do can change its counters while it has no CPU. */
export function isAsleep({ state, threads }: StatFields): boolean {
  return threads === 1 && (state === sleeping || state === idle)
}

/** `S`, and `I` of kernel threads. */
const sleeping = 83
const idle = 73
