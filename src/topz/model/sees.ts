import type { Sample, SampledProcess } from '#topz/sample/sample.ts'
import type { Table } from './table.ts'

/**
 * Whether the PID namespace is shared. It is not when each process seen is of our own container and
 * is ourselves, above or below us, or was entered from outside (`kubectl exec`, parent 0).
 */
export function seesOf(current: Sample): Table['sees'] {
  const { ownPid, processes } = current
  const byPid = new Map(processes.map((process) => [process.pid, process]))
  const own = ownPid === null ? undefined : byPid.get(ownPid)
  if (own === undefined) return 'pod'
  const ancestors = new Set(pathUp(own, byPid))
  for (const process of processes) {
    if (process.facts.container !== own.facts.container) return 'pod'
    if (ancestors.has(process.pid)) continue
    const path = pathUp(process, byPid)
    const root = path.at(-1)
    if (!path.includes(own.pid) && root === 1) return 'pod'
  }
  return 'itself'
}

/** Its PID, its parent's and so on, up to one whose parent is not seen. */
function pathUp(
  process: SampledProcess,
  byPid: ReadonlyMap<number, SampledProcess>,
): readonly number[] {
  const path: number[] = []
  let at: SampledProcess | undefined = process
  while (at !== undefined && !path.includes(at.pid)) {
    path.push(at.pid)
    at = typeof at.counters === 'string' ? undefined : byPid.get(at.counters.parentPid)
  }
  return path
}
