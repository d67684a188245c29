import { amber, type Finding, graded, ratio } from './finding.ts'
import { fullness, type Noticed } from './noticed.ts'
import type { Container } from './table.ts'
import { ofLimit } from './tone.ts'
import { called, counted } from './words.ts'

export interface FindingsOptions {
  readonly noticed: Noticed
  /** What happened to it of late, as findings. */
  readonly happened: readonly Finding[]
  /** Who starts the programs that no row shows, when anybody asks. */
  readonly startsShortLived: () => { readonly name: string; readonly pid: number } | null
}

/** Throttling hurts earlier: each throttled period is a pause of tens of milliseconds. */
const throttling = { amber: 0.05, red: 0.25 }
/** Waiting for memory is nearly always too much; disks and CPUs are there to be waited for. */
const waitForMemory = { amber: 0.05, red: 0.25 }
const waitForDisk = { amber: 0.4, red: 0.8 }
/** The node's business more than the container's: never urgent. */
const waitForCpu = { amber: 0.5, red: Number.POSITIVE_INFINITY }
const files = { amber: 0.8, red: 0.95 }
/** Fewer are usual around a busy shell. */
const manyZombies = 50
/** CPU that no row shows is worth a word when it is most of what needs explaining. */
const mostlyShortLived = 0.5

/** What matters about one container now, worst first. */
export function findingsOf(container: Container, options: FindingsOptions): readonly Finding[] {
  const { noticed, happened } = options
  const throttled = graded(container.throttled, {
    ...throttling,
    says: (percent) => `is throttled ${percent} of the time`,
  })
  const cpu = graded(ratio(container.cpuMillicores, container.cpuLimitMillicores), {
    ...ofLimit,
    says: (percent) => `uses ${percent} of its CPU limit`,
  })
  const findings = [
    ...happened,
    graded(ratio(container.memoryBytes, container.memoryLimitBytes), {
      ...ofLimit,
      says: (percent) => `uses ${percent} of its memory limit`,
    }),
    graded(container.memoryPressure, {
      ...waitForMemory,
      says: (percent) => `waits for memory ${percent} of the time`,
    }),
    throttled,
    graded(ratio(container.pids, container.pidsLimit), {
      ...ofLimit,
      says: (percent) => `uses ${percent} of its process limit`,
    }),
    filesOf(noticed),
    // who is throttled uses up its limit: said already
    throttled === null ? cpu : null,
    throttled === null && cpu === null ? null : shortLivedOf(container, options),
    graded(container.ioPressure, {
      ...waitForDisk,
      says: (percent) => `waits for its disk ${percent} of the time`,
    }),
    // throttling is such a wait too, and the better word for it
    throttled === null ? waitingOf(container, noticed) : null,
    noticed.zombies >= manyZombies
      ? amber(`has ${noticed.zombies} zombies, which nobody waited for`)
      : null,
    happened.length === 0 && (container.oomKills ?? 0) > 0
      ? amber(`had ${counted(container.oomKills ?? 0, 'OOM kill')} since it started`)
      : null,
  ].filter((finding) => finding !== null)
  return findings.toSorted((a, b) => Number(b.tone === 'red') - Number(a.tone === 'red'))
}

function filesOf({ fullest }: Noticed): Finding | null {
  if (fullest === null) return null
  return graded(fullness(fullest), {
    ...files,
    says: (percent) => `has ${called(fullest)} at ${percent} of its open files`,
  })
}

function waitingOf({ cpuPressure }: Container, { mostWaiting }: Noticed): Finding | null {
  if (cpuPressure !== null) {
    return graded(cpuPressure, {
      ...waitForCpu,
      says: (percent) => `waits for a CPU ${percent} of the time`,
    })
  }
  if (mostWaiting === null) return null
  return graded(ratio(mostWaiting.cpuWaitMillicores, 1000), {
    ...waitForCpu,
    says: (percent) => `has ${called(mostWaiting)} waiting for a CPU ${percent} of the time`,
  })
}

function shortLivedOf(container: Container, { startsShortLived }: FindingsOptions): Finding | null {
  const part = ratio(container.shortLivedMillicores, container.cpuMillicores)
  if (part === null || part < mostlyShortLived) return null
  const parent = startsShortLived()
  const below = parent === null ? '' : ` below ${called(parent)}`
  return amber(`spends most of its CPU on programs that come and go${below}`)
}
