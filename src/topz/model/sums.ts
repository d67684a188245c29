import { Gaps, type Known, knownOf, plus } from './rate.ts'
import type { Process, Unknown } from './table.ts'

/** What several processes come to, as far as it is known: null when it is of none of them. */
export interface Sums {
  readonly processes: number
  readonly threads: number | null
  readonly cpuMillicores: number | null
  readonly cpuSeconds: number | null
  readonly rssBytes: number | null
  readonly openFiles: number | null
  readonly diskReadBytesPerSecond: number | null
  readonly diskWriteBytesPerSecond: number | null
  /** Shares of the container's limits; of processes in several containers they are not offered. */
  readonly cpuOfLimit: number | null
  readonly memoryOfLimit: number | null
  /** Of the oldest. */
  readonly ageSeconds: number | null
  readonly unknown: Unknown
}

const added = [
  'threads',
  'cpuMillicores',
  'cpuSeconds',
  'rssBytes',
  'openFiles',
  'diskReadBytesPerSecond',
  'diskWriteBytesPerSecond',
] as const

const addedInOneContainer = ['cpuOfLimit', 'memoryOfLimit'] as const

/** Resident memory that processes share is counted in each of them, here as in their rows. */
export function sumsOf(processes: readonly Process[]): Sums {
  const gaps = new Gaps<keyof Sums>()
  const sum = (field: (typeof added | typeof addedInOneContainer)[number]): Known => {
    let total: Known | null = null
    for (const process of processes) total = plus(total, knownOf(process, field))
    return total ?? 'not-offered'
  }
  const within = (field: (typeof addedInOneContainer)[number]): number | null =>
    gaps.take(field, inOneContainer(processes) ? sum(field) : 'not-offered')
  const values = Object.fromEntries(added.map((field) => [field, gaps.take(field, sum(field))]))
  return {
    processes: processes.length,
    ...(values as Record<(typeof added)[number], number | null>),
    cpuOfLimit: within('cpuOfLimit'),
    memoryOfLimit: within('memoryOfLimit'),
    ageSeconds: gaps.take('ageSeconds', oldestOf(processes)),
    unknown: gaps.end(),
  }
}

function inOneContainer(processes: readonly Process[]): boolean {
  return processes.every(({ container }) => container === processes[0]?.container)
}

function oldestOf(processes: readonly Process[]): Known {
  let oldest: Known | null = null
  for (const process of processes) {
    const age = knownOf(process, 'ageSeconds')
    oldest =
      typeof oldest === 'number' && typeof age === 'number'
        ? Math.max(oldest, age)
        : plus(oldest, age)
  }
  return oldest ?? 'not-offered'
}
