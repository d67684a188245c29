import type { Process } from './table.ts'

/** What stands out among the processes of one container. */
export interface Noticed {
  readonly zombies: number
  /** The one that waited longest for a CPU. */
  readonly mostWaiting: Process | null
  /** The one nearest its limit of open files. */
  readonly fullest: Process | null
}

export const nothingNoticed: Noticed = { zombies: 0, mostWaiting: null, fullest: null }

/** By the container's key, in one walk over all rows. */
export function noticedIn(processes: readonly Process[]): ReadonlyMap<string, Noticed> {
  const all = new Map<string, { -readonly [Field in keyof Noticed]: Noticed[Field] }>()
  for (const process of processes) {
    let noticed = all.get(process.container)
    if (noticed === undefined) {
      noticed = { ...nothingNoticed }
      all.set(process.container, noticed)
    }
    if (process.state === 'zombie') noticed.zombies++
    const wait = process.cpuWaitMillicores ?? 0
    if (wait > (noticed.mostWaiting?.cpuWaitMillicores ?? 0)) noticed.mostWaiting = process
    if (fullness(process) > fullness(noticed.fullest)) noticed.fullest = process
  }
  return all
}

/** Share of its open files, 0 when that is not known. */
export function fullness(process: Process | null): number {
  const limit = process?.openFilesLimit ?? 0
  return limit > 0 ? (process?.openFiles ?? 0) / limit : 0
}
