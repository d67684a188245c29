import type { Sample, SampledProcess } from '#topz/sample/sample.ts'
import type { Members } from './members.ts'
import type { Pairs } from './pairs.ts'
import type { Known } from './rate.ts'

/** Processes are counted in clock ticks, their control group is not. */
const tickSeconds = 0.01

/**
 * What a control group used and none of its processes shows: they came and went between two samples.
 * Each counter may be off by a tick, in either direction; of many the errors nearly cancel out, so
 * that the doubt grows with the root of their number. What is within it is none.
 */
export function shortLivedMillicores(
  groupMillicores: Known,
  members: Members,
  { seconds }: { readonly seconds: number },
): Known {
  if (typeof groupMillicores !== 'number') return groupMillicores
  if (members.hidden !== null) return members.hidden
  if (seconds <= 0) return 'first-sight'
  const born = (members.bornCpuSeconds / seconds) * 1000
  const ticks = Math.min(members.count, 1 + 1.5 * Math.sqrt(members.count))
  const doubt = ((ticks * tickSeconds) / seconds) * 1000
  const rest = groupMillicores - members.formerMillicores - born
  return rest > doubt ? rest : 0
}

/** The process of a container below which most was used by children that came and went. */
export function parentOfShortLived(
  container: string,
  { current, before, gone }: Pairs & { readonly current: Sample },
): SampledProcess | null {
  let most: SampledProcess | null = null
  let mostSeconds = 2 * tickSeconds
  for (const [at, process] of current.processes.entries()) {
    const earlier = before[at]?.counters
    const { counters, facts } = process
    if (facts.container !== container || typeof counters === 'string') continue
    if (earlier === undefined || typeof earlier === 'string') continue
    if (counters.childCpuSeconds === earlier.childCpuSeconds) continue
    // one whose end it has waited for brings all it ever used: what rows showed before is not new
    const shown = gone.reduce((sum, { counters: ended }) => {
      if (typeof ended === 'string' || ended.parentPid !== process.pid) return sum
      return sum + ended.cpuSeconds + ended.childCpuSeconds
    }, 0)
    const seconds = counters.childCpuSeconds - earlier.childCpuSeconds - shown
    if (seconds <= mostSeconds) continue
    most = process
    mostSeconds = seconds
  }
  return most
}
