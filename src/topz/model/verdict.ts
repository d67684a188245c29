import type { Container, Process, Table } from './table.ts'

export type Tone = Table['verdictTone']

/** One sentence and how bad it is. */
export interface Verdict {
  readonly verdict: string
  readonly verdictTone: Tone
}

/** Something that matters about one container, as the end of a sentence that begins with its label. */
interface Finding {
  readonly tone: 'amber' | 'red'
  readonly says: string
}

/** Shares of a limit from which on it is worth a word, and from which on it is urgent. */
const amberShare = 0.7
const redShare = 0.9
/** Throttling hurts earlier: each throttled period is a pause of tens of milliseconds. */
const amberThrottled = 0.05
const redThrottled = 0.25
/** Fewer are usual around a busy shell. */
const manyZombies = 50

/** What matters now: the worst container's two worst findings, or that all is quiet. */
export function verdictOf(view: {
  readonly sees: Table['sees']
  readonly containers: readonly Container[]
  readonly processes: readonly Process[]
  /** OOM kills of a container in the interval. */
  readonly newOomKills: ReadonlyMap<string, number>
}): Verdict {
  if (view.sees === 'itself') {
    return {
      verdict: 'topz sees only itself: the pod does not share its process namespace',
      verdictTone: 'amber',
    }
  }
  const found = view.containers
    .map((container) => ({ container, findings: findingsOf(container, view) }))
    .filter(({ findings }) => findings.length > 0)
    .sort((a, b) => weight(b.findings) - weight(a.findings))
  const worst = found[0]
  if (worst === undefined) return { verdict: 'All quiet', verdictTone: 'quiet' }
  const says = worst.findings.slice(0, 2).map((finding) => finding.says)
  const others = found.length - 1
  const more =
    others === 0 ? '' : others === 1 ? '; 1 more container' : `; ${others} more containers`
  return {
    verdict: `${worst.container.label} ${says.join(' and ')}${more === '' ? '' : `${more} to look at`}`,
    verdictTone: worst.findings[0]?.tone ?? 'amber',
  }
}

/** Worst first. */
function findingsOf(
  container: Container,
  { newOomKills, processes }: Pick<Parameters<typeof verdictOf>[0], 'newOomKills' | 'processes'>,
): Finding[] {
  const kills = newOomKills.get(container.key) ?? 0
  const zombies = processes.filter(
    (process) => process.container === container.key && process.state === 'zombie',
  ).length
  const findings = [
    kills > 0 ? red(`just lost ${count(kills, 'process', 'processes')} to the OOM killer`) : null,
    graded(ratio(container.memoryBytes, container.memoryLimitBytes), {
      amber: amberShare,
      red: redShare,
      says: (percent) => `uses ${percent} of its memory limit`,
    }),
    graded(container.throttled, {
      amber: amberThrottled,
      red: redThrottled,
      says: (percent) => `is throttled ${percent} of the time`,
    }),
    graded(ratio(container.pids, container.pidsLimit), {
      amber: amberShare,
      red: redShare,
      says: (percent) => `uses ${percent} of its process limit`,
    }),
    graded(ratio(container.cpuMillicores, container.cpuLimitMillicores), {
      amber: amberShare,
      red: redShare,
      says: (percent) => `uses ${percent} of its CPU limit`,
    }),
    zombies >= manyZombies ? amber(`has ${zombies} zombies`) : null,
    kills === 0 && (container.oomKills ?? 0) > 0
      ? amber(`had ${count(container.oomKills ?? 0, 'OOM kill', 'OOM kills')} since it started`)
      : null,
  ].filter((finding) => finding !== null)
  return findings.sort((a, b) => Number(b.tone === 'red') - Number(a.tone === 'red'))
}

function graded(
  value: number | null,
  by: { amber: number; red: number; says: (percent: string) => string },
): Finding | null {
  if (value === null || value < by.amber) return null
  const says = by.says(`${Math.round(value * 100)} %`)
  return value >= by.red ? red(says) : amber(says)
}

function weight(findings: readonly Finding[]): number {
  return findings.reduce((sum, { tone }) => sum + (tone === 'red' ? 100 : 1), 0)
}

function ratio(part: number | null, whole: number | null): number | null {
  return part === null || whole === null || whole <= 0 ? null : part / whole
}

function red(says: string): Finding {
  return { tone: 'red', says }
}

function amber(says: string): Finding {
  return { tone: 'amber', says }
}

function count(number: number, one: string, many: string): string {
  return `${number} ${number === 1 ? one : many}`
}
