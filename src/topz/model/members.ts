import type { Sample } from '#topz/sample/sample.ts'
import { isBorn, type Pairs } from './pairs.ts'
import { type Known, knownOf, plus } from './rate.ts'
import type { Process, Reason } from './table.ts'

/** What the processes of one container come to. */
export interface Members {
  count: number
  rssBytes: Known | null
  cpuMillicores: Known | null
  oldestSeconds: Known | null
  /** CPU of those that started after the previous sample: all they ever used. */
  bornCpuSeconds: number
  /** CPU of those that were there before. */
  formerMillicores: number
  /** Why the two above are not all, or null when they are. */
  hidden: Reason | null
}

/** By the container's key, in one walk over all rows. */
export function membersOf(
  rows: readonly Process[],
  {
    previous,
    current,
    before,
  }: Pick<Pairs, 'before'> & Record<'previous', Sample | null> & Record<'current', Sample>,
): ReadonlyMap<string, Members> {
  const all = new Map<string, Members>()
  for (const [at, row] of rows.entries()) {
    let members = all.get(row.container)
    if (members === undefined) {
      members = noMembers()
      all.set(row.container, members)
    }
    members.count++
    const cpu = knownOf(row, 'cpuMillicores')
    const age = knownOf(row, 'ageSeconds')
    members.rssBytes = plus(members.rssBytes, knownOf(row, 'rssBytes'))
    members.cpuMillicores = plus(members.cpuMillicores, cpu)
    members.oldestSeconds = older(members.oldestSeconds, age)
    const now = current.processes[at]
    if (now !== undefined && (before[at] ?? null) === null && isBorn(now, previous)) {
      members.bornCpuSeconds += row.cpuSeconds ?? 0
    } else if (typeof cpu === 'number') {
      members.formerMillicores += cpu
    } else {
      members.hidden ??= cpu
    }
  }
  return all
}

export function noMembers(): Members {
  return {
    count: 0,
    rssBytes: null,
    cpuMillicores: null,
    oldestSeconds: null,
    bornCpuSeconds: 0,
    formerMillicores: 0,
    hidden: null,
  }
}

function older(oldest: Known | null, age: Known): Known {
  if (typeof oldest !== 'number' || typeof age !== 'number') return plus(oldest, age)
  return Math.max(oldest, age)
}
