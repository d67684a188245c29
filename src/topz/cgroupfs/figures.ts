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

/** Why there is no text of a file. */
export type NoText = Exclude<NoFigure, 'no-limit'>

/** Text of a file of the control group by its name, or why there is none. */
export type ReadCgroupFile = (name: string) => string | NoText

/** A file of a control group. */
export interface CgroupFile {
  /** The v1 hierarchy in which it is, or `unified`; on v2 all files are in the one there is. */
  readonly controller: string
  readonly name: string
  /** What kernels without it have instead: its text then comes under `name`. */
  readonly otherwise?: string
}

/** cgroup v1 and v2 as one: which files to have, and what they say together. */
export interface CgroupVersion {
  readonly files: readonly CgroupFile[]
  /** The file whose changes the kernel tells at once, OOM kills among them. */
  readonly told: string | null
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

/** Those that only grow. */
const counters = [
  'cpuSeconds',
  'cpuPeriods',
  'throttledPeriods',
  'throttledSeconds',
  'memoryPeakBytes',
  'memoryLimitHits',
  'oomKills',
  'cpuPressureSeconds',
  'memoryPressureSeconds',
  'ioPressureSeconds',
  'diskReadBytes',
  'diskWrittenBytes',
] as const satisfies readonly (keyof CgroupFigures)[]

/**
 * Figures with the counters of a later reading, as far as it has them. The rest stays: a group that
 * has ended uses nothing any more, and what it used before tells why.
 */
export function grownBy(figures: CgroupFigures, later: CgroupFigures): CgroupFigures {
  const grown: Record<keyof CgroupFigures, ContainerFigure> = { ...figures }
  for (const name of counters) if (typeof later[name] === 'number') grown[name] = later[name]
  return grown
}
