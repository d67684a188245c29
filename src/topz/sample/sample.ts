import type { CgroupFigures } from '#topz/cgroupfs/figures.ts'
import type { Figure, Missing } from '#topz/procfs/missing.ts'

/** What seldom changes about a process: read at first sight and when its name changes. */
export interface Facts {
  /** The kernel's name of the program, as it is. */
  readonly name: string
  /** As the program has them, secrets included: nothing of it leaves the program unmasked. */
  readonly args: readonly string[]
  /** Whether there were more arguments than are read. */
  readonly argsCut: boolean
  /** Why `args` is empty; null when it is what the kernel said: kernel threads have none. */
  readonly argsMissing: Missing | null
  readonly uid: Figure
  /** How many files it may have open, its soft limit. */
  readonly openFilesLimit: Figure
  /** `SampledContainer.key`. */
  readonly container: string
}

/** What `/proc/PID/stat` said at one moment. */
export interface Counters {
  /** As the kernel's letter: `R`, `S`, `D`, `Z` and so on. */
  readonly state: string
  readonly parentPid: number
  readonly threads: number
  /** User and system time since it started, in steps of a clock tick (10 ms). */
  readonly cpuSeconds: number
  /** The same of its children that ended and that it waited for. */
  readonly childCpuSeconds: number
  /** When it started, in seconds after boot. */
  readonly startSeconds: number
  readonly rssBytes: number
}

/** One process at one moment. */
export interface SampledProcess {
  /** `PID.STARTTICKS`: never two processes, even when the PID is taken again. */
  readonly key: string
  readonly pid: number
  /** Monotonic, of this very read: rates divide by the time between a process's own two reads. */
  readonly readAtMs: number
  /** The reason instead, when the kernel hides even these. */
  readonly counters: Counters | Missing
  readonly openFiles: Figure
  /** Time its main thread was ready to run and waited for a CPU, since it started. */
  readonly waitSeconds: Figure
  /** Read from and written to block devices since it started. */
  readonly diskReadBytes: Figure
  readonly diskWrittenBytes: Figure
  /** The same object from sample to sample while nothing in it changes. */
  readonly facts: Facts
}

/** One container at one moment. */
export interface SampledContainer {
  /** Container id, else the relative cgroup path. */
  readonly key: string
  /** The pod's name for it, null when nothing tells. */
  readonly name: string | null
  /** Whether it is the one we run in. */
  readonly own: boolean
  readonly readAtMs: number
  readonly figures: CgroupFigures
  /** Who told the limits in `figures`: its control group, or `--limit` where that is hidden. */
  readonly limitsFrom: 'cgroup' | 'option'
  /** Names of its users by uid, null when its `/etc/passwd` cannot be read. */
  readonly users: ReadonlyMap<number, string> | null
}

/** What all containers of the pod share: its network. */
export interface SampledNetwork {
  readonly readAtMs: number
  /** Over all interfaces but the loopback, since they were made. */
  readonly receivedBytes: Figure
  readonly sentBytes: Figure
  /** Sockets of IPv4 and IPv6 by the kernel's state. Counted some seconds ago where that is dear. */
  readonly tcp: Readonly<Record<TcpState, Figure>>
}

export type TcpState =
  | 'established'
  | 'syn-sent'
  | 'syn-received'
  | 'fin-wait-1'
  | 'fin-wait-2'
  | 'time-wait'
  | 'closed'
  | 'close-wait'
  | 'last-ack'
  | 'listening'
  | 'closing'

/** All processes that could be seen at one moment, with nothing derived yet. */
export interface Sample {
  /** Epoch milliseconds at its begin. */
  readonly takenAtMs: number
  /** Monotonic milliseconds at its begin. */
  readonly monotonicMs: number
  /** Seconds after boot at its begin; null when the kernel does not tell, or tells another story. */
  readonly uptimeSeconds: number | null
  /** Wall time it took. */
  readonly tookMs: number
  /** Memory of the host. */
  readonly hostMemoryBytes: number | null
  /** Our PID as those processes see it. */
  readonly ownPid: number | null
  readonly podUid: string | null
  /** Names of our own users by uid. */
  readonly users: ReadonlyMap<number, string>
  /** PID ascending. */
  readonly processes: readonly SampledProcess[]
  /** Those with a process in this sample. */
  readonly containers: readonly SampledContainer[]
  /**
   * Containers of the sample before whose last process has ended. Their counters (`oomKills` and all
   * that only grow) are as late as they could be read: where the kernel tells of changes, a group
   * that was killed whole is not missed. The other figures and `readAtMs` are of the sample before.
   */
  readonly ended: readonly SampledContainer[]
  /** Null when our own network cannot be read, and when nobody asks for it. */
  readonly network: SampledNetwork | null
}
