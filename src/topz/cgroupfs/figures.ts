/** Why a figure of a container is not known. */
export type NoFigure = 'another-user' | 'not-offered' | 'switched-off' | 'ended' | 'no-limit'

/** A number, or the reason for having none. */
export type ContainerFigure = number | NoFigure

/** What a container uses and may use, from its control group. */
export interface CgroupFigures {
  /** Since the container started, all that ended in it included. */
  readonly cpuSeconds: ContainerFigure
  /** 1000 is one core. */
  readonly cpuLimitMillicores: ContainerFigure
  /** Scheduling periods so far in which anything wanted to run under the CPU limit. */
  readonly cpuPeriods: ContainerFigure
  readonly throttledPeriods: ContainerFigure
  /** Time so far in which processes were held back by the CPU limit. */
  readonly throttledSeconds: ContainerFigure
  /** Working set: usage minus inactive file pages, at least 0, as `kubectl top` counts. */
  readonly memoryBytes: ContainerFigure
  readonly memoryLimitBytes: ContainerFigure
  /** All that is counted against the limit, `memory.current`. */
  readonly memoryUsageBytes: ContainerFigure
  /** The most it ever was. */
  readonly memoryPeakBytes: ContainerFigure
  readonly memoryAnonBytes: ContainerFigure
  readonly memoryShmemBytes: ContainerFigure
  readonly memoryKernelBytes: ContainerFigure
  /** File pages in use, and those that the kernel takes back first. Without shmem. */
  readonly memoryActiveFileBytes: ContainerFigure
  readonly memoryInactiveFileBytes: ContainerFigure
  /** How often it was about to pass its limit, and the kernel had to make room. */
  readonly memoryLimitHits: ContainerFigure
  /** Processes that the kernel killed for memory since the container started. */
  readonly oomKills: ContainerFigure
  /** Processes and threads. */
  readonly pids: ContainerFigure
  readonly pidsLimit: ContainerFigure
  /** Time so far in which some process waited for it (`total` of PSI's `some`). */
  readonly cpuPressureSeconds: ContainerFigure
  readonly memoryPressureSeconds: ContainerFigure
  readonly ioPressureSeconds: ContainerFigure
  /** Read from and written to block devices so far. */
  readonly diskReadBytes: ContainerFigure
  readonly diskWrittenBytes: ContainerFigure
}

/** Text of a file of the control group by its name, or why there is none. */
export type ReadCgroupFile = (name: string) => string | Exclude<NoFigure, 'no-limit'>

/** cgroup v1 and v2 as one: which files to have, and what they say together. */
export interface CgroupVersion {
  /** The controller tells the v1 hierarchy in which the file is; on v2 all share one. */
  readonly files: readonly { readonly controller: string; readonly name: string }[]
  figures(read: ReadCgroupFile): CgroupFigures
}

/** All figures missing for one reason. */
export function noFigures(reason: NoFigure): CgroupFigures {
  return {
    cpuSeconds: reason,
    cpuLimitMillicores: reason,
    cpuPeriods: reason,
    throttledPeriods: reason,
    throttledSeconds: reason,
    memoryBytes: reason,
    memoryLimitBytes: reason,
    memoryUsageBytes: reason,
    memoryPeakBytes: reason,
    memoryAnonBytes: reason,
    memoryShmemBytes: reason,
    memoryKernelBytes: reason,
    memoryActiveFileBytes: reason,
    memoryInactiveFileBytes: reason,
    memoryLimitHits: reason,
    oomKills: reason,
    pids: reason,
    pidsLimit: reason,
    cpuPressureSeconds: reason,
    memoryPressureSeconds: reason,
    ioPressureSeconds: reason,
    diskReadBytes: reason,
    diskWrittenBytes: reason,
  }
}

/** A file that holds one number. */
export function numberIn(text: string): ContainerFigure {
  const value = Number.parseInt(text, 10)
  return Number.isFinite(value) ? value : 'not-offered'
}

/** A limit: `max`, or on v1 a number next to the largest the kernel can hold, is none. */
export function limitIn(text: string): ContainerFigure {
  if (text.startsWith('max')) return 'no-limit'
  const value = numberIn(text)
  return typeof value === 'number' && value >= 2 ** 62 ? 'no-limit' : value
}

/** One value of a file with a `key value` on each line. */
export function keyedIn(text: string, key: string): ContainerFigure {
  const at = text.startsWith(`${key} `) ? 0 : text.indexOf(`\n${key} `) + 1
  if (at === 0 && !text.startsWith(`${key} `)) return 'not-offered'
  return numberIn(text.slice(at + key.length + 1))
}

/** Reads a file and, when there is one, looks into it. */
export function figureFrom(
  text: string | Exclude<NoFigure, 'no-limit'>,
  look: (text: string) => ContainerFigure,
): ContainerFigure {
  return isMissing(text) ? text : look(text)
}

/** Usage minus inactive file pages: those the kernel takes back before it kills. */
export function workingSet(usage: ContainerFigure, inactiveFile: ContainerFigure): ContainerFigure {
  if (typeof usage !== 'number') return usage
  return typeof inactiveFile === 'number' ? Math.max(0, usage - inactiveFile) : usage
}

function isMissing(text: string): text is Exclude<NoFigure, 'no-limit'> {
  return text === 'another-user' || text === 'not-offered' || text === 'ended'
}
