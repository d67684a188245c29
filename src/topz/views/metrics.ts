import { createRegistry, type Registry } from '#kit/metrics.ts'
import type { Container, Process, Table } from '#topz/model/table.ts'
import { type Column, columns } from './columns.ts'
import { labelsByKey } from './order.ts'
import { visible } from './visible.ts'

/** Programs choose their own names: past so many names in a pod, new ones count as `other`. */
const mostPrograms = 500

type ProgramLabels = Readonly<Record<'container' | 'program', string>>

interface ProgramTotals {
  readonly labels: ProgramLabels
  /** Of all its processes since topz looks, those that ended too: it never runs back. */
  cpuSeconds: number
}

/** The metrics of a pod: processes added up by container and program, and containers. */
export class PodMetrics {
  readonly #programs = new Map<string, ProgramTotals>()
  #seen: ReadonlyMap<string, number> = new Map()
  #table: Table | null = null
  readonly #registry: Registry = createRegistry()

  constructor() {
    for (const [field, column] of Object.entries<Column>(columns)) {
      if (column.metric === undefined) continue
      const { name, type } = column.metric
      const help = `${column.help}; the sum over processes of the program`
      const labels = ['container', 'program'] as const
      const read = type === 'counter' ? this.#readCpu : this.#readSum(field as keyof Process)
      this.#registry.scraped({ name, type, help, labels, read })
    }
    this.#registry.scraped({
      name: 'topz_processes',
      type: 'gauge',
      help: 'Processes of the program',
      labels: ['container', 'program'],
      read: this.#readSum(null),
    })
    for (const { name, type, help, value } of containerMetrics) {
      this.#registry.scraped({
        name,
        type,
        help,
        labels: ['container'],
        read: (set) => {
          for (const container of this.#table?.containers ?? []) {
            const known = value(container)
            if (known !== null) set({ container: container.label }, known)
          }
        },
      })
    }
    this.#registry.scraped({
      name: 'topz_sample_duration_seconds',
      type: 'gauge',
      help: 'Time the last look at all processes took',
      labels: [],
      read: (set) => set({}, (this.#table?.sampleMs ?? 0) / 1000),
    })
  }

  /** Takes note of a table. Each one that is shown to anybody counts, so that CPU is not lost. */
  update(table: Table): void {
    if (table === this.#table) return
    const labels = labelsByKey(table)
    const seen = new Map<string, number>()
    for (const process of table.processes) {
      const program = this.#programOf(process, labels)
      if (process.cpuSeconds === null) continue
      seen.set(process.key, process.cpuSeconds)
      program.cpuSeconds += Math.max(0, process.cpuSeconds - (this.#seen.get(process.key) ?? 0))
    }
    this.#seen = seen
    this.#table = table
  }

  /** All metrics as Prometheus reads them. */
  text(): string {
    return this.#registry.text()
  }

  readonly #readCpu = (set: (labels: ProgramLabels, value: number) => void): void => {
    for (const { labels, cpuSeconds } of this.#programs.values()) set(labels, round(cpuSeconds))
  }

  /** The sum of a field over the program's processes of now; of ones when there is no field. */
  #readSum(field: keyof Process | null) {
    return (set: (labels: ProgramLabels, value: number) => void): void => {
      const labels = this.#table === null ? new Map<string, string>() : labelsByKey(this.#table)
      const sums = new Map<ProgramTotals, number>()
      for (const process of this.#table?.processes ?? []) {
        const value = field === null ? 1 : process[field]
        if (typeof value !== 'number') continue
        const program = this.#programOf(process, labels)
        sums.set(program, (sums.get(program) ?? 0) + value)
      }
      for (const [program, sum] of sums) set(program.labels, sum)
    }
  }

  #programOf(process: Process, labels: ReadonlyMap<string, string>): ProgramTotals {
    const container = visible(labels.get(process.container) ?? '')
    const own = visible(process.name)
    const known = this.#programs.get(`${container}\n${own}`)
    if (known !== undefined) return known
    const program = this.#programs.size < mostPrograms ? own : 'other'
    const key = `${container}\n${program}`
    const totals = this.#programs.get(key) ?? { labels: { container, program }, cpuSeconds: 0 }
    this.#programs.set(key, totals)
    return totals
  }
}

/** Hundredths of a second are all the kernel tells; sums of binary fractions say more. */
function round(seconds: number): number {
  return Math.round(seconds * 100) / 100
}

interface ContainerMetric {
  readonly name: string
  readonly type: 'counter' | 'gauge'
  readonly help: string
  readonly value: (container: Container) => number | null
}

const perThousand = (millicores: number | null): number | null =>
  millicores === null ? null : millicores / 1000

const containerMetrics: readonly ContainerMetric[] = [
  {
    name: 'topz_container_cpu_cores',
    type: 'gauge',
    help: 'CPU use between the last two samples, in cores',
    value: ({ cpuMillicores }) => perThousand(cpuMillicores),
  },
  {
    name: 'topz_container_cpu_limit_cores',
    type: 'gauge',
    help: 'CPU limit in cores; absent without one',
    value: ({ cpuLimitMillicores }) => perThousand(cpuLimitMillicores),
  },
  {
    name: 'topz_container_cpu_throttled_ratio',
    type: 'gauge',
    help: 'Share of scheduling periods in which it was throttled, between the last two samples',
    value: ({ throttled }) => throttled,
  },
  {
    name: 'topz_container_memory_working_set_bytes',
    type: 'gauge',
    help: 'Memory that cannot be reclaimed easily; absent where its control group is hidden',
    value: ({ memoryBytes, memorySource }) => (memorySource === 'cgroup' ? memoryBytes : null),
  },
  {
    name: 'topz_container_memory_limit_bytes',
    type: 'gauge',
    help: 'Memory limit; absent without one',
    value: ({ memoryLimitBytes }) => memoryLimitBytes,
  },
  {
    name: 'topz_container_oom_kills_total',
    type: 'counter',
    help: 'Processes that the kernel killed for want of memory',
    value: ({ oomKills }) => oomKills,
  },
  {
    name: 'topz_container_pids',
    type: 'gauge',
    help: 'Processes and threads that count against the limit',
    value: ({ pids }) => pids,
  },
  {
    name: 'topz_container_pids_limit',
    type: 'gauge',
    help: 'Limit of processes and threads; absent without one',
    value: ({ pidsLimit }) => pidsLimit,
  },
]
