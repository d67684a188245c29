import type { Sample, SampledContainer, SampledProcess } from '#topz/sample/sample.ts'
import { labelsOf } from './labels.ts'
import type { Known } from './rate.ts'
import { perSecond, split } from './rate.ts'
import type { Container, Process } from './table.ts'

/** App containers first, by label; then the viewer; the pause last. */
const order: Readonly<Record<Container['kind'], number>> = { app: 0, viewer: 1, pause: 2 }

/** One record for each container of the sample; `rows` are its processes as the table has them. */
export function containersOf(
  previous: Sample | null,
  current: Sample,
  rows: readonly Process[],
): Container[] {
  const before = new Map(previous?.containers.map((container) => [container.key, container]))
  const members = Map.groupBy(rows, (row) => row.container)
  const kinds = new Map(
    current.containers.map((container) => [container.key, kindOf(container, current)]),
  )
  const labels = labelsOf(current, kinds)
  return current.containers
    .map((container) =>
      recordOf(container, {
        before: before.get(container.key) ?? null,
        rows: members.get(container.key) ?? [],
        kind: kinds.get(container.key) ?? 'app',
        label: labels.get(container.key) ?? container.key,
      }),
    )
    .sort((a, b) => order[a.kind] - order[b.kind] || compare(a.label, b.label))
}

interface Around {
  readonly before: SampledContainer | null
  readonly rows: readonly Process[]
  readonly kind: Container['kind']
  readonly label: string
}

function recordOf(container: SampledContainer, around: Around): Container {
  const { figures } = container
  const { rows } = around
  const fromCgroup = typeof figures.memoryBytes === 'number'
  const { values, unknown } = split({
    cpuMillicores: cpuMillicoresOf(container, around),
    cpuLimitMillicores: figures.cpuLimitMillicores,
    throttled: throttledOf(container, around.before),
    memoryBytes: fromCgroup ? figures.memoryBytes : sumOf(rows, 'rssBytes'),
    memoryLimitBytes: figures.memoryLimitBytes,
    oomKills: figures.oomKills,
    pids: figures.pids,
    pidsLimit: figures.pidsLimit,
    cpuSeconds: figures.cpuSeconds,
    cpuPeriods: figures.cpuPeriods,
    throttledPeriods: figures.throttledPeriods,
    throttledSeconds: figures.throttledSeconds,
    cpuPressureSeconds: figures.cpuPressureSeconds,
    memoryPressureSeconds: figures.memoryPressureSeconds,
    ioPressureSeconds: figures.ioPressureSeconds,
    diskReadBytes: figures.diskReadBytes,
    diskWrittenBytes: figures.diskWrittenBytes,
    memoryLimitHits: figures.memoryLimitHits,
    memoryUsageBytes: figures.memoryUsageBytes,
    memoryPeakBytes: figures.memoryPeakBytes,
    memoryAnonBytes: figures.memoryAnonBytes,
    memoryShmemBytes: figures.memoryShmemBytes,
    memoryKernelBytes: figures.memoryKernelBytes,
    memoryActiveFileBytes: figures.memoryActiveFileBytes,
    memoryInactiveFileBytes: figures.memoryInactiveFileBytes,
    shortLivedMillicores: 'not-offered',
    cpuPressure: 'not-offered',
    memoryPressure: 'not-offered',
    ioPressure: 'not-offered',
    diskReadBytesPerSecond: 'not-offered',
    diskWriteBytesPerSecond: 'not-offered',
    ageSeconds: 'not-offered',
  })
  return {
    key: container.key,
    name: container.name,
    label: around.label,
    kind: around.kind,
    processes: rows.length,
    limitsFrom: container.limitsFrom,
    memorySource: fromCgroup ? 'cgroup' : 'sum-of-rss',
    ...values,
    unknown,
  }
}

/** What the control group counted, short-lived processes included; else the sum of those seen. */
function cpuMillicoresOf(container: SampledContainer, { before, rows }: Around): Known {
  const now = { value: container.figures.cpuSeconds, atMs: container.readAtMs }
  if (typeof now.value !== 'number') return sumOf(rows, 'cpuMillicores')
  const cores = perSecond(
    before === null ? null : { value: before.figures.cpuSeconds, atMs: before.readAtMs },
    now,
  )
  return typeof cores === 'number' ? cores * 1000 : cores
}

function throttledOf(container: SampledContainer, before: SampledContainer | null): Known {
  const { cpuLimitMillicores, cpuPeriods, throttledPeriods } = container.figures
  if (typeof cpuLimitMillicores !== 'number') return cpuLimitMillicores
  if (typeof cpuPeriods !== 'number') return cpuPeriods
  if (typeof throttledPeriods !== 'number') return throttledPeriods
  const earlier = before?.figures
  if (typeof earlier?.cpuPeriods !== 'number' || typeof earlier.throttledPeriods !== 'number') {
    return 'first-sight'
  }
  const periods = cpuPeriods - earlier.cpuPeriods
  const throttled = throttledPeriods - earlier.throttledPeriods
  if (periods < 0 || throttled < 0) return 'counter-reset'
  return periods === 0 ? 0 : Math.min(1, throttled / periods)
}

/** Sum of what is known; the first reason when nothing is. */
function sumOf(rows: readonly Process[], field: 'rssBytes' | 'cpuMillicores'): Known {
  let sum: number | null = null
  for (const row of rows) if (row[field] !== null) sum = (sum ?? 0) + row[field]
  return sum ?? rows.find((row) => row[field] === null)?.unknown[field] ?? 'not-offered'
}

/** The pod's PID 1 without a name is the process that holds the namespaces, under any runtime. */
function kindOf(container: SampledContainer, current: Sample): Container['kind'] {
  if (container.own) return 'viewer'
  const first = current.processes.find((process) => process.pid === 1)
  if (first?.facts.container !== container.key || container.name !== null) return 'app'
  return holdsNamespaces(first) ? 'pause' : 'app'
}

function holdsNamespaces({ facts }: SampledProcess): boolean {
  return facts.name === 'pause' || (facts.name === 'catatonit' && facts.args[1] === '-P')
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
