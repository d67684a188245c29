/** Why a value is not known. Each has one sentence for a person in `views`. */
export type Reason =
  /** Two samples are needed for a rate, and this process or counter was seen once. */
  | 'first-sight'
  /** The counter ran back, so a rate would be a lie. */
  | 'counter-reset'
  /** The kernel hides it from a sidecar of another user without SYS_PTRACE. */
  | 'another-user'
  /** This kernel or its cgroup version has no such file. */
  | 'not-offered'
  /** The kernel could count it, and does not: pressure without `psi=1`. */
  | 'switched-off'
  /** The process ended while it was read. */
  | 'ended'
  /** No viewer showed it at that moment, and what nobody sees is not read. */
  | 'not-asked'
  /** The process holds a lock that the kernel needs to tell it. */
  | 'not-answered'
  /** Each would have to be looked at, and they are too many. */
  | 'too-many'
  /** There is no limit: the container may use what the node has. */
  | 'no-limit'

export type ProcessState =
  | 'running'
  | 'sleeping'
  | 'disk-wait'
  | 'stopped'
  | 'traced'
  | 'zombie'
  | 'idle'
  | 'dead'
  /** The kernel hides even this. */
  | 'unknown'

/** Field name to reason, for exactly those fields of the record that are null. */
export type Unknown = Readonly<Record<string, Reason>>

export interface Process {
  /** `PID.STARTTICKS`: never two processes, even when the PID is taken again. */
  readonly key: string
  readonly pid: number
  readonly parentPid: number
  /** `Container.key` of the container it runs in. */
  readonly container: string
  /** The kernel's name of the program (comm), at most 15 bytes, as it is. */
  readonly name: string
  /** Arguments joined by spaces with secrets masked; `[name]` when there are none. Unescaped. */
  readonly command: string
  readonly uid: number | null
  /** Name of the user where /etc/passwd of its container or ours tells, else the uid's digits. */
  readonly user: string | null
  readonly state: ProcessState
  readonly threads: number | null
  /** 1000 is one core, over the time between the two samples compared. */
  readonly cpuMillicores: number | null
  /** cpuMillicores over the container's CPU limit, 0 to 1 (or more, for a moment). */
  readonly cpuOfLimit: number | null
  /** Time its main thread waited for a CPU: 1000 is all the time between the two samples. */
  readonly cpuWaitMillicores: number | null
  /** User and system time since it started. */
  readonly cpuSeconds: number | null
  readonly rssBytes: number | null
  /** rssBytes over the container's memory limit, 0 to 1 (or more: pages may count for another). */
  readonly memoryOfLimit: number | null
  /** rssBytes over the host's memory, 0 to 1: the classic text's MEM% and nothing else. */
  readonly memoryOfHost: number | null
  readonly openFiles: number | null
  /** How many it may have open. */
  readonly openFilesLimit: number | null
  /** From and to block devices, between the two samples. */
  readonly diskReadBytesPerSecond: number | null
  readonly diskWriteBytesPerSecond: number | null
  /** Since it started, as the kernel counts: what metrics add up. */
  readonly cpuWaitSeconds: number | null
  readonly diskReadBytes: number | null
  readonly diskWrittenBytes: number | null
  readonly ageSeconds: number | null
  readonly unknown: Unknown
}

export interface Container {
  /** Container id, else the relative cgroup path: stable while the container lives. */
  readonly key: string
  /** The pod's name for it, from the termination-log mount; null when nothing tells. */
  readonly name: string | null
  /** What to show: the name, `pause`, else the first 12 characters of the key. Unique in a table. */
  readonly label: string
  /** `viewer` is the one topz runs in, `pause` the pod's PID 1. */
  readonly kind: 'app' | 'pause' | 'viewer'
  readonly processes: number
  readonly cpuMillicores: number | null
  readonly cpuLimitMillicores: number | null
  /** Share of the last interval's scheduling periods in which it was throttled, 0 to 1. */
  readonly throttled: number | null
  /** CPU that no row shows: of processes that came and went, or ended, between two samples. */
  readonly shortLivedMillicores: number | null
  /** Working set (usage minus inactive file) when `memorySource` is `cgroup`, else a sum of RSS. */
  readonly memoryBytes: number | null
  readonly memoryLimitBytes: number | null
  readonly memorySource: 'cgroup' | 'sum-of-rss'
  /** All that counts against the limit; the parts below add up to it, nearly. */
  readonly memoryUsageBytes: number | null
  readonly memoryPeakBytes: number | null
  readonly memoryAnonBytes: number | null
  readonly memoryShmemBytes: number | null
  readonly memoryKernelBytes: number | null
  readonly memoryActiveFileBytes: number | null
  /** Taken back before anything is killed. */
  readonly memoryInactiveFileBytes: number | null
  /** Share of the interval in which some process waited for it, 0 to 1. */
  readonly cpuPressure: number | null
  readonly memoryPressure: number | null
  readonly ioPressure: number | null
  readonly diskReadBytesPerSecond: number | null
  readonly diskWriteBytesPerSecond: number | null
  /** Who told the limits: its control group, or `--limit` where that is hidden. */
  readonly limitsFrom: 'cgroup' | 'option'
  /** Since its first process of those that live started. */
  readonly ageSeconds: number | null
  readonly oomKills: number | null
  readonly pids: number | null
  readonly pidsLimit: number | null
  /** Counted since the container started, all that ended in it included: what metrics tell. */
  readonly cpuSeconds: number | null
  /** Scheduling periods in which anything wanted to run under the CPU limit. */
  readonly cpuPeriods: number | null
  readonly throttledPeriods: number | null
  readonly throttledSeconds: number | null
  readonly cpuPressureSeconds: number | null
  readonly memoryPressureSeconds: number | null
  readonly ioPressureSeconds: number | null
  readonly diskReadBytes: number | null
  readonly diskWrittenBytes: number | null
  /** How often the kernel had to make room below the memory limit. */
  readonly memoryLimitHits: number | null
  readonly unknown: Unknown
}

/** What the containers of the pod share. */
export interface Network {
  readonly receivedBytesPerSecond: number | null
  readonly sentBytesPerSecond: number | null
  /** Since the interfaces were made. */
  readonly receivedBytes: number | null
  readonly sentBytes: number | null
  readonly tcpEstablished: number | null
  readonly tcpListening: number | null
  readonly tcpTimeWait: number | null
  /** The other side has ended, the program has not closed: many of them are a leak. */
  readonly tcpCloseWait: number | null
  readonly tcpOther: number | null
  readonly unknown: Unknown
}

export type EventKind =
  | 'start'
  | 'exit'
  | 'oom-kill'
  /** All processes of a container ended together near its limit, and nothing told why. */
  | 'probable-oom'
  | 'throttling-began'
  | 'throttling-ended'
  | 'memory-limit-reached'
  | 'process-limit-reached'
  | 'container-started'
  | 'container-restarted'
  | 'container-ended'

/** Something that happened in the pod between two samples. */
export interface PodEvent {
  /** Epoch milliseconds, as exactly as it is known: at the latest the sample that showed it. */
  readonly atMs: number
  readonly kind: EventKind
  /** `Container.key`. */
  readonly container: string
  /** Its label of then: it may be gone. */
  readonly label: string
  /** `Process.key` where it is about one process. */
  readonly process: string | null
  /** How many processes started or ended, where many of a program are told as one; else 1. */
  readonly count: number
  /** One sentence for a person, unescaped: `nginx (PID 7) ended after 3 min`. */
  readonly says: string
}

/** One moment as every view shows it. */
export interface Table {
  /** Version of this shape in JSON. */
  readonly schema: 1
  /** Epoch milliseconds of the newer of the two samples compared. */
  readonly takenAtMs: number
  /** Time between the two samples, or null when there was only one. */
  readonly intervalMs: number | null
  /** CPU and wall time this sample cost, of topz itself. */
  readonly sampleMs: number
  /** `itself` when the PID namespace is not shared: the page says how to mend that. */
  readonly sees: 'pod' | 'itself'
  readonly podUid: string | null
  /** `Process.key` of topz itself, or null when it is not among them. */
  readonly viewer: string | null
  /** One sentence: what matters now, or that all is quiet. */
  readonly verdict: string
  readonly verdictTone: 'quiet' | 'amber' | 'red'
  /** App containers first, by label; then the viewer; pause last. */
  readonly containers: readonly Container[]
  /** PID ascending; the pause process is included (views fold it). */
  readonly processes: readonly Process[]
  /** Null when topz cannot read its own network. */
  readonly network: Network | null
  /** What happened between the two samples, oldest first. */
  readonly events: readonly PodEvent[]
}
