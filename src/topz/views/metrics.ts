import { createRegistry, type Registry } from '#kit/metrics.ts'
import { addProcessMetrics } from '#kit/process-metrics.ts'
import type { Table } from '#topz/model/table.ts'
import { type Column, type ColumnName, columns } from './columns.ts'
import { containerMetrics, networkMetrics, type PodMetric } from './metrics/pod-metrics.ts'
import { type ProgramLabels, Programs } from './metrics/programs.ts'
import { visible } from './visible.ts'

export interface PodMetricsOptions {
  /** Where the process file system is mounted, for what topz itself uses; nothing of it without. */
  readonly procRoot?: string
}

/** The metrics of a pod: processes added up by container and program, containers, network, topz. */
export class PodMetrics {
  readonly #programs = new Programs()
  readonly #registry: Registry = createRegistry()
  #table: Table | null = null

  constructor({ procRoot }: PodMetricsOptions = {}) {
    for (const [field, { metric, help }] of Object.entries<Column>(columns)) {
      if (metric !== undefined) this.#addOfPrograms({ ...metric, help, field: field as ColumnName })
    }
    this.#addOfPrograms({ name: 'topz_processes', type: 'gauge', help: 'Processes', field: null })
    for (const metric of containerMetrics) {
      this.#add(metric, { labels: ['container'], all: () => this.#containers() })
    }
    for (const metric of networkMetrics) {
      const all = () => (this.#table?.network ? [{ of: this.#table.network, labels: {} }] : [])
      this.#add(metric, { labels: [], all })
    }
    this.#registry.scraped({
      name: 'topz_sample_duration_seconds',
      type: 'gauge',
      help: 'Time the last look at all processes took',
      labels: [],
      read: (set) => set({}, (this.#table?.sampleMs ?? 0) / 1000),
    })
    if (procRoot !== undefined) addProcessMetrics(this.#registry, procRoot)
  }

  /** Takes note of a table. Each one that is shown to anybody counts, so that CPU is not lost. */
  update(table: Table): void {
    if (table === this.#table) return
    this.#programs.update(table)
    this.#table = table
  }

  /** All metrics as Prometheus reads them. */
  text(): string {
    return this.#registry.text()
  }

  #addOfPrograms(metric: {
    readonly name: string
    readonly type: 'counter' | 'gauge'
    readonly help: string
    readonly field: ColumnName | null
  }): void {
    const { name, type, help, field } = metric
    const counts = type === 'counter' && field !== null
    const read = (set: (labels: ProgramLabels, value: number) => void): void =>
      counts ? this.#programs.readTotals(field, set) : this.#programs.readSums(field, set)
    const labels = ['container', 'program'] as const
    this.#registry.scraped({
      name,
      type,
      help: `${help}; the sum over processes of the program`,
      labels,
      read,
    })
  }

  #add<Of>(
    { name, type, help, by, fields }: PodMetric<Of>,
    series: {
      readonly labels: readonly string[]
      readonly all: () => readonly { readonly of: Of; readonly labels: Record<string, string> }[]
    },
  ): void {
    this.#registry.scraped<string>({
      name,
      type,
      help,
      labels: by === undefined ? series.labels : [...series.labels, by],
      read: (set) => {
        for (const { of, labels } of series.all()) {
          for (const [value, read] of Object.entries(fields)) {
            const known = read(of)
            if (known !== null) set(by === undefined ? labels : { ...labels, [by]: value }, known)
          }
        }
      },
    })
  }

  #containers() {
    return (this.#table?.containers ?? []).map((container) => ({
      of: container,
      labels: { container: visible(container.label) },
    }))
  }
}
