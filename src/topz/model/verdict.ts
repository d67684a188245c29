import { amber, type Finding, red } from './finding.ts'
import { findingsOf } from './findings.ts'
import { type HappenedOptions, happenedTo, missingContainers } from './happened.ts'
import { nothingNoticed, noticedIn } from './noticed.ts'
import type { Container, Network, Process, Table } from './table.ts'

/** One sentence and how bad it is. */
export interface Verdict {
  readonly verdict: string
  readonly verdictTone: Table['verdictTone']
}

/** What is so, and `HappenedOptions`: what was so of late. */
export interface VerdictOptions extends HappenedOptions {
  readonly sees: Table['sees']
  readonly containers: readonly Container[]
  readonly processes: readonly Process[]
  readonly network: Network | null
  /** Who in a container starts the programs that no row shows. */
  readonly startsShortLived: (
    container: string,
  ) => { readonly name: string; readonly pid: number } | null
}

/** Whom the sentence is about, and what is so. */
interface Subject {
  readonly label: string
  readonly findings: readonly Finding[]
}

/** Connections that only the other side has closed: some are on their way, so many are forgotten. */
const manyHalfClosed = 100
const tooManyHalfClosed = 1000

/** What matters now: the worst container's two worst findings, or that all is quiet. */
export function verdictOf(view: VerdictOptions): Verdict {
  if (view.sees === 'itself') {
    return {
      verdict: 'topz sees only itself: the pod does not share its process namespace',
      verdictTone: 'amber',
    }
  }
  const found = subjectsOf(view)
    .filter(({ findings }) => findings.length > 0)
    .sort((a, b) => weight(b.findings) - weight(a.findings))
  const worst = found[0]
  if (worst === undefined) return { verdict: quiet(view.containers), verdictTone: 'quiet' }
  const says = worst.findings.slice(0, 2).map((finding) => finding.says)
  const others = found.length - 1
  const more =
    others === 0 ? '' : others === 1 ? '; 1 more container' : `; ${others} more containers`
  return {
    verdict: `${worst.label} ${says.join(' and ')}${more === '' ? '' : `${more} to look at`}`,
    verdictTone: worst.findings[0]?.tone ?? 'amber',
  }
}

function subjectsOf(view: VerdictOptions): Subject[] {
  const noticed = noticedIn(view.processes)
  const containers = view.containers.map((container) => ({
    label: container.label,
    findings: findingsOf(container, {
      noticed: noticed.get(container.key) ?? nothingNoticed,
      happened: happenedTo(container, view),
      startsShortLived: () => view.startsShortLived(container.key),
    }),
  }))
  const missing = [...missingContainers(view)].map(([label, findings]) => ({
    label,
    findings,
  }))
  const connections = halfClosed(view.network)
  // a sentence about the pod would count as one about a container, so it speaks only alone
  const others = [...containers, ...missing]
  const calm = others.every(({ findings }) => findings.length === 0)
  return connections !== null && (calm || connections.tone === 'red')
    ? [...others, { label: 'the pod', findings: [connections] }]
    : others
}

function halfClosed(network: Network | null): Finding | null {
  const count = network?.tcpCloseWait ?? 0
  if (count < manyHalfClosed) return null
  const says = `has ${count} connections that the other side closed and no program here did`
  return count >= tooManyHalfClosed ? red(says) : amber(says)
}

/** Quiet is what can be seen: limits that are hidden may be near. */
function quiet(containers: readonly Container[]): string {
  const hidden = containers.filter(
    ({ kind, unknown }) => kind === 'app' && unknown.memoryLimitBytes === 'another-user',
  )
  const [first] = hidden
  if (first === undefined) return 'All quiet'
  const whose = hidden.length === 1 ? first.label : `${hidden.length} containers`
  return `All quiet as far as can be seen: the limits of ${whose} are hidden from topz`
}

function weight(findings: readonly Finding[]): number {
  return findings.reduce((sum, { tone }) => sum + (tone === 'red' ? 100 : 1), 0)
}
