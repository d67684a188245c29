import { readdirSync } from 'node:fs'
import type { Clock } from '#kit/clock.ts'
import { readText } from '#topz/procfs/read-file.ts'
import { parseUptime } from '#topz/procfs/uptime.ts'
import { Containers } from './containers.ts'
import { Descriptors, keepable } from './descriptors.ts'
import type { DetailedProcess, Details, DetailsReader } from './details.ts'
import type { Limits } from './limits.ts'
import type { Surroundings } from './machine.ts'
import { surroundingsOf } from './machine.ts'
import { Network } from './network.ts'
import type { Parts } from './parts.ts'
import { allParts } from './parts.ts'
import { Processes } from './processes.ts'
import type { Sample, SampledProcess } from './sample.ts'

export interface SamplerOptions {
  readonly clock: Pick<Clock, 'nowMs' | 'monotonicMs' | 'sleep'>
  /** Where the kernel's process file system is mounted: `/proc`. */
  readonly procRoot: string
  /** How many files to keep open. Default: what the limit of open files leaves. */
  readonly maxDescriptors?: number
  /** Limits by the container's name, for those whose control group is hidden. */
  readonly limits?: ReadonlyMap<string, Limits>
  /** Told when the kernel has killed for memory in a container, also between samples. */
  readonly onOomKill?: () => void
}

/**
 * Takes moments of all processes. It keeps a descriptor on each process's stat file: cheaper than
 * opening, and bound to that very process, whoever gets its PID later.
 *
 * @example
 * const sampler = new Sampler({ procRoot: '/proc', clock: systemClock })
 * const sample = await sampler.take({ ...noParts, waiting: true })
 */
export class Sampler {
  readonly #options: SamplerOptions
  readonly #surroundings: Surroundings
  readonly #containers: Containers
  readonly #processes: Processes
  readonly #network: Network
  #reader: DetailsReader | null = null

  constructor(options: SamplerOptions) {
    const { procRoot } = options
    const monotonicMs = (): number => options.clock.monotonicMs()
    const surroundings = surroundingsOf(procRoot)
    const max = options.maxDescriptors ?? keepable(surroundings.softOpenFiles)
    const descriptors = new Descriptors(max)
    const containers = new Containers({
      procRoot,
      surroundings,
      descriptors,
      monotonicMs,
      limits: options.limits ?? new Map(),
      ...(options.onOomKill === undefined ? {} : { onOomKill: options.onOomKill }),
    })
    this.#options = options
    this.#surroundings = surroundings
    this.#containers = containers
    this.#processes = new Processes({
      procRoot,
      surroundings,
      descriptors,
      containers,
      clock: options.clock,
    })
    this.#network = new Network({ procRoot, monotonicMs })
  }

  /** @throws As `sample` would, so that a wrong place is known before anybody asks. */
  check(): void {
    this.#list()
  }

  /**
   * Takes one moment, and waits a bounded one for the arguments of processes that are new. One that
   * holds them back holds nobody up: it is there by its name, now and the next times.
   *
   * @throws As `sample`.
   */
  async take(parts: Parts = allParts): Promise<Sample> {
    const sample = this.sample(parts)
    return { ...sample, processes: await this.#processes.settled(sample.processes) }
  }

  /**
   * Takes one moment, synchronously. Arguments of a process are in the first sample after their
   * answer; until then they are `not-answered`.
   *
   * @throws When the process file system itself cannot be listed; never for one process.
   */
  sample(parts: Parts = allParts): Sample {
    const { clock } = this.#options
    const monotonicMs = clock.monotonicMs()
    const takenAtMs = clock.nowMs()
    // before the listing: who is seen first by the next sample has started after this
    const uptimeSeconds = this.#uptimeSeconds()
    this.#processes.begin(parts)
    this.#containers.begin()
    const processes: SampledProcess[] = []
    for (const name of this.#list()) {
      const first = name.charCodeAt(0)
      if (first < 48 || first > 57) continue
      const process = this.#processes.read(Number(name))
      if (process !== null) processes.push(process)
    }
    processes.push(...this.#processes.end())
    sortByPid(processes)
    const { containers, ended } = this.#containers.end()
    const network = parts.network ? this.#network.read() : null
    return {
      takenAtMs,
      monotonicMs,
      uptimeSeconds: startsBefore(processes, uptimeSeconds) ? uptimeSeconds : null,
      tookMs: clock.monotonicMs() - monotonicMs,
      hostMemoryBytes: this.#surroundings.hostMemoryBytes,
      ownPid: this.#surroundings.ownPid,
      podUid: this.#containers.podUid,
      users: this.#surroundings.users,
      processes,
      containers,
      ended,
      network,
    }
  }

  /**
   * Reads more of one process that a sample has.
   *
   * @returns null when it has ended. Never throws.
   */
  async details(
    process: DetailedProcess,
    asked: { readonly environment: boolean },
  ): Promise<Details | null> {
    // most who look at the table never ask
    const { DetailsReader } = await import('./details.ts')
    const { procRoot, clock } = this.#options
    this.#reader ??= new DetailsReader({ procRoot, clock, surroundings: this.#surroundings })
    return this.#reader.read(process, asked)
  }

  /** Closes all that is kept open. The next sample would open anew. */
  close(): void {
    this.#processes.close()
    this.#containers.close()
  }

  #list(): string[] {
    const { procRoot } = this.#options
    try {
      return readdirSync(procRoot)
    } catch (cause) {
      const hint = 'give --proc-root the place where procfs is mounted'
      throw new Error(`Cannot list processes: '${procRoot}' cannot be read; ${hint}`, { cause })
    }
  }

  #uptimeSeconds(): number | null {
    try {
      return parseUptime(readText(`${this.#options.procRoot}/uptime`, 256))
    } catch {
      return null
    }
  }
}

/** The kernel lists them in this order, but for those that it left out. */
function sortByPid(processes: SampledProcess[]): void {
  let last = 0
  for (const { pid } of processes) {
    if (pid < last) {
      processes.sort((a, b) => a.pid - b.pid)
      return
    }
    last = pid
  }
}

/** Some container systems put a file of their own over the uptime; then processes start after it. */
function startsBefore(processes: readonly SampledProcess[], uptimeSeconds: number | null): boolean {
  if (uptimeSeconds === null) return false
  const slackSeconds = 5
  for (const { counters } of processes) {
    if (typeof counters !== 'string' && counters.startSeconds > uptimeSeconds + slackSeconds) {
      return false
    }
  }
  return true
}
