import type { Sample, SampledContainer, SampledProcess } from '#topz/sample/sample.ts'
import { labelsOf } from './labels.ts'
import { type Members, membersOf, noMembers } from './members.ts'
import type { Pairs } from './pairs.ts'
import { atMost, Gaps, growth, type Known, times } from './rate.ts'
import { shortLivedMillicores } from './short-lived.ts'
import type { Container, Process } from './table.ts'

type CgroupFigures = SampledContainer['figures']

/** App containers first, by label; then the viewer; the pause last. */
const order: Readonly<Record<Container['kind'], number>> = { app: 0, viewer: 1, pause: 2 }

export interface ContainersOptions extends Pick<Pairs, 'before'> {
  /** The processes of `current` as the table has them. */
  readonly rows: readonly Process[]
}

/** One record for each container of the sample. */
export function containersOf(
  previous: Sample | null,
  current: Sample,
  { rows, before }: ContainersOptions,
): Container[] {
  const earlier = new Map(previous?.containers.map((container) => [container.key, container]))
  const members = membersOf(rows, { previous, current, before })
  const kinds = new Map(
    current.containers.map((container) => [container.key, kindOf(container, current)]),
  )
  const labels = labelsOf(current, kinds)
  return current.containers
    .map((container) =>
      recordOf(container, {
        before: earlier.get(container.key) ?? null,
        members: members.get(container.key) ?? noMembers(),
        kind: kinds.get(container.key) ?? 'app',
        label: labels.get(container.key) ?? container.key,
      }),
    )
    .sort((a, b) => order[a.kind] - order[b.kind] || compare(a.label, b.label))
}

interface Around {
  readonly before: SampledContainer | null
  readonly members: Members
  readonly kind: Container['kind']
  readonly label: string
}

function recordOf(container: SampledContainer, around: Around): Container {
  const { figures } = container
  const { before, members } = around
  const gaps = new Gaps<keyof Container>()
  const take = (field: keyof Container, value: Known): number | null => gaps.take(field, value)
  const figure = (field: keyof Container & keyof CgroupFigures): number | null =>
    take(field, figures[field])
  const seconds = before === null ? 0 : (container.readAtMs - before.readAtMs) / 1000
  const grown = (field: keyof CgroupFigures): Known =>
    growth(before?.figures[field] ?? 'first-sight', figures[field], { seconds })
  const used = times(grown('cpuSeconds'), 1000)
  const fromCgroup = typeof figures.memoryBytes === 'number'
  return {
    key: container.key,
    name: container.name,
    label: around.label,
    kind: around.kind,
    processes: members.count,
    // what the control group counted, short-lived processes included; else the sum of those seen
    cpuMillicores: take(
      'cpuMillicores',
      typeof figures.cpuSeconds === 'number' ? used : (members.cpuMillicores ?? 'not-offered'),
    ),
    cpuLimitMillicores: figure('cpuLimitMillicores'),
    throttled: take('throttled', throttledOf(container, before)),
    shortLivedMillicores: take(
      'shortLivedMillicores',
      shortLivedMillicores(used, members, { seconds }),
    ),
    memoryBytes: take(
      'memoryBytes',
      fromCgroup ? figures.memoryBytes : (members.rssBytes ?? 'not-offered'),
    ),
    memoryLimitBytes: figure('memoryLimitBytes'),
    memorySource: fromCgroup ? 'cgroup' : 'sum-of-rss',
    memoryUsageBytes: figure('memoryUsageBytes'),
    memoryPeakBytes: figure('memoryPeakBytes'),
    memoryAnonBytes: figure('memoryAnonBytes'),
    memoryShmemBytes: figure('memoryShmemBytes'),
    memoryKernelBytes: figure('memoryKernelBytes'),
    memoryActiveFileBytes: figure('memoryActiveFileBytes'),
    memoryInactiveFileBytes: figure('memoryInactiveFileBytes'),
    cpuPressure: take('cpuPressure', atMost(grown('cpuPressureSeconds'), 1)),
    memoryPressure: take('memoryPressure', atMost(grown('memoryPressureSeconds'), 1)),
    ioPressure: take('ioPressure', atMost(grown('ioPressureSeconds'), 1)),
    diskReadBytesPerSecond: take('diskReadBytesPerSecond', grown('diskReadBytes')),
    diskWriteBytesPerSecond: take('diskWriteBytesPerSecond', grown('diskWrittenBytes')),
    limitsFrom: container.limitsFrom,
    ageSeconds: take('ageSeconds', members.oldestSeconds ?? 'not-offered'),
    oomKills: figure('oomKills'),
    pids: figure('pids'),
    pidsLimit: figure('pidsLimit'),
    cpuSeconds: figure('cpuSeconds'),
    cpuPeriods: figure('cpuPeriods'),
    throttledPeriods: figure('throttledPeriods'),
    throttledSeconds: figure('throttledSeconds'),
    cpuPressureSeconds: figure('cpuPressureSeconds'),
    memoryPressureSeconds: figure('memoryPressureSeconds'),
    ioPressureSeconds: figure('ioPressureSeconds'),
    diskReadBytes: figure('diskReadBytes'),
    diskWrittenBytes: figure('diskWrittenBytes'),
    memoryLimitHits: figure('memoryLimitHits'),
    unknown: gaps.end(),
  }
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
