import type { CgroupFigures, ContainerFigure } from '#topz/cgroupfs/figures.ts'

/** What somebody says about a container whose control group is hidden. */
export interface Limits {
  readonly cpuLimitMillicores?: number
  readonly memoryLimitBytes?: number
}

const suffixes: Readonly<Record<string, number>> = {
  '': 1,
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
}

/** A quantity of Kubernetes, as `500m`, `128Mi` or `1e9`; null when it is none, or is not above 0. */
function quantity(text: string): number | null {
  const found = /^(\d+(?:\.\d+)?|\.\d+)(?:([eE][+-]?\d+)|([a-zA-Z]*))$/.exec(text)
  const factor = suffixes[found?.[3] ?? '']
  if (found === null || factor === undefined) return null
  const value = Number(`${found[1]}${found[2] ?? ''}`) * factor
  return value > 0 && Number.isFinite(value) ? value : null
}

/** `CONTAINER:cpu=QUANTITY` or `CONTAINER:memory=QUANTITY`; null when it is neither. */
function limitOf(text: string): { readonly container: string; readonly limits: Limits } | null {
  const found = /^([a-z0-9](?:[-a-z0-9]*[a-z0-9])?):(cpu|memory)=(.*)$/.exec(text)
  const value = quantity(found?.[3] ?? '')
  if (found?.[1] === undefined || value === null) return null
  const limits =
    found[2] === 'cpu' ? { cpuLimitMillicores: value * 1000 } : { memoryLimitBytes: value }
  return { container: found[1], limits }
}

/** What is wrong with a value of `--limit`, as the end of a sentence; null when nothing is. */
export function limitFault(text: string): string | null {
  if (limitOf(text) !== null) return null
  return `${JSON.stringify(text)} must be CONTAINER:cpu=QUANTITY or CONTAINER:memory=QUANTITY, as app:memory=128Mi`
}

/** Limits by the container's name; the last of several for one thing counts. */
export function limitsByName(texts: readonly string[]): ReadonlyMap<string, Limits> {
  const limits = new Map<string, Limits>()
  for (const text of texts) {
    const found = limitOf(text)
    if (found === null) continue
    limits.set(found.container, { ...limits.get(found.container), ...found.limits })
  }
  return limits
}

/** The figures with these limits where the control group tells none; `from` says whether any was needed. */
export function withLimits(
  figures: CgroupFigures,
  limits: Limits | undefined,
): { readonly figures: CgroupFigures; readonly from: 'cgroup' | 'option' } {
  const cpu = isHidden(figures.cpuLimitMillicores) ? limits?.cpuLimitMillicores : undefined
  const memory = isHidden(figures.memoryLimitBytes) ? limits?.memoryLimitBytes : undefined
  if (cpu === undefined && memory === undefined) return { figures, from: 'cgroup' }
  return {
    figures: {
      ...figures,
      cpuLimitMillicores: cpu ?? figures.cpuLimitMillicores,
      memoryLimitBytes: memory ?? figures.memoryLimitBytes,
    },
    from: 'option',
  }
}

function isHidden(limit: ContainerFigure): boolean {
  return typeof limit !== 'number' && limit !== 'no-limit'
}
