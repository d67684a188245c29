/** Content type of `Registry.text()`. */
export const metricsContentType = 'text/plain; version=0.0.4; charset=utf-8'

/** A value for each label name of a metric; `{}` for a metric without labels. */
export type Labels<Name extends string> = Readonly<Record<Name, string>>

/** One without labels exists at 0 from the start, a series with labels from its first event. */
export interface Counter<Name extends string> {
  /** Adds `by` (default 1, never negative). */
  inc(labels: Labels<Name>, by?: number): void
}

export interface Gauge<Name extends string> {
  set(labels: Labels<Name>, value: number): void
  /** Forgets every series, for gauges whose labels name things that go away. */
  clear(): void
}

export interface Summary<Name extends string> {
  /** Adds one observation, in the base unit of the metric's name: seconds, bytes. */
  observe(labels: Labels<Name>, value: number): void
}

/** A metric whose series are read when somebody asks for them. */
export interface ScrapedMetric<Name extends string> {
  readonly name: string
  readonly help: string
  readonly type: 'counter' | 'gauge'
  readonly labels: readonly Name[]
  readonly read: (set: (labels: Labels<Name>, value: number) => void) => void
}

export interface Registry {
  counter<Name extends string = never>(
    name: string,
    help: string,
    labels?: readonly Name[],
  ): Counter<Name>
  gauge<Name extends string = never>(
    name: string,
    help: string,
    labels?: readonly Name[],
  ): Gauge<Name>
  /** A summary of `_sum` and `_count` only: no quantiles, which cannot be added up over pods. */
  summary<Name extends string = never>(
    name: string,
    help: string,
    labels?: readonly Name[],
  ): Summary<Name>
  scraped<Name extends string = never>(metric: ScrapedMetric<Name>): void
  /** All metrics in Prometheus' text format 0.0.4, in the order they were made, series by label. */
  text(): string
}

/**
 * Makes an empty registry.
 *
 * @throws when two metrics share a name, or a name is not one that Prometheus takes
 * @example
 * const registry = createRegistry()
 * const syncs = registry.counter('syncs_total', 'Syncs by result', ['status'])
 * syncs.inc({ status: 'success' })
 * registry.text() // '# HELP syncs_total Syncs by result\n# TYPE …'
 */
export function createRegistry(): Registry {
  const blocks = new Map<string, () => string>()

  function add(name: string, labels: readonly string[], block: () => string): void {
    checkNames(name, labels)
    if (blocks.has(name)) throw new Error(`Cannot add metric ${name}: it exists already`)
    blocks.set(name, block)
  }

  return {
    counter(name, help, labels = []) {
      const series = new Map<string, number>(labels.length === 0 ? [['', 0]] : [])
      add(name, labels, () => head(name, help, 'counter') + lines(name, series))
      return {
        inc(values, by = 1) {
          if (by < 0) throw new Error(`Cannot lower counter ${name}: got ${by}`)
          const key = seriesKey(labels, values)
          series.set(key, (series.get(key) ?? 0) + by)
        },
      }
    },
    gauge(name, help, labels = []) {
      const series = new Map<string, number>()
      add(name, labels, () => head(name, help, 'gauge') + lines(name, series))
      return {
        set: (values, value) => void series.set(seriesKey(labels, values), value),
        clear: () => series.clear(),
      }
    },
    summary(name, help, labels = []) {
      const sums = new Map<string, number>()
      const counts = new Map<string, number>()
      const block = (): string =>
        head(name, help, 'summary') + lines(`${name}_sum`, sums) + lines(`${name}_count`, counts)
      add(name, labels, block)
      return {
        observe(values, value) {
          const key = seriesKey(labels, values)
          sums.set(key, (sums.get(key) ?? 0) + value)
          counts.set(key, (counts.get(key) ?? 0) + 1)
        },
      }
    },
    scraped({ name, help, type, labels, read }) {
      add(name, labels, () => {
        const series = new Map<string, number>()
        read((values, value) => series.set(seriesKey(labels, values), value))
        return head(name, help, type) + lines(name, series)
      })
    },
    text: () => [...blocks.values()].map((block) => block()).join(''),
  }
}

function head(name: string, help: string, type: string): string {
  const escaped = help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')
  return `# HELP ${name} ${escaped}\n# TYPE ${name} ${type}\n`
}

function lines(name: string, series: ReadonlyMap<string, number>): string {
  let text = ''
  for (const [labels, value] of [...series].sort(byLabels))
    text += `${name}${labels} ${number(value)}\n`
  return text
}

type Series = readonly [labels: string, value: number]

/** The same text for the same events, in whatever order they came. */
function byLabels([left]: Series, [right]: Series): number {
  return left < right ? -1 : 1
}

function number(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return '+Inf'
  if (value === Number.NEGATIVE_INFINITY) return '-Inf'
  return String(value)
}

/** The series' labels as they are written, `{a="b"}` or nothing: also the key of the series. */
function seriesKey<Name extends string>(names: readonly Name[], values: Labels<Name>): string {
  if (names.length === 0) return ''
  return `{${names.map((name) => `${name}="${escapeLabel(values[name])}"`).join(',')}}`
}

function escapeLabel(value: string): string {
  // most values, and those of each poll
  if (/^\w*$/.test(value)) return value
  return value
    .replaceAll('\\', '\\\\')
    .replaceAll('\n', '\\n')
    .replaceAll('"', '\\"')
    .toWellFormed()
}

function checkNames(name: string, labels: readonly string[]): void {
  if (!/^[a-zA-Z_:][a-zA-Z0-9_:]*$/.test(name)) {
    throw new Error(`Cannot add metric "${name}": Prometheus takes letters, digits, _ and : only`)
  }
  const wrong = labels.find((label) => !/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(label))
  if (wrong !== undefined) {
    throw new Error(`Cannot add metric ${name}: "${wrong}" is no name for a label`)
  }
}
