import { amber, type Finding, red } from './finding.ts'
import type { Standing } from './standing.ts'
import type { Container, EventKind, PodEvent } from './table.ts'
import { ago, counted } from './words.ts'

/** How long each of these is urgent; later it is worth a word only. */
const urgentMs = 5 * 60_000

/** Restarts within what is remembered that are a loop. */
const manyRestarts = 3

export interface HappenedOptions {
  readonly standing: Pick<Standing, 'recent' | 'oomOwed' | 'endedNames'>
  /** Epoch milliseconds. */
  readonly nowMs: number
}

/** What of late happened to a container, also to the one of its name before it. */
export function happenedTo(
  { key, name, label }: Pick<Container, 'key' | 'name' | 'label'>,
  { standing, nowMs }: HappenedOptions,
): readonly Finding[] {
  const about = standing.recent.filter(
    (event) => event.container === key || (name !== null && [name, label].includes(event.label)),
  )
  const of = (kind: EventKind): readonly PodEvent[] => about.filter((event) => event.kind === kind)
  const finding = (
    events: readonly PodEvent[],
    { lastMs, says }: { readonly lastMs: number; readonly says: (when: string) => string },
  ): Finding => {
    const sinceMs = Math.max(0, nowMs - lastMs)
    const sentence = says(ago(sinceMs / 1000))
    return sinceMs < urgentMs || events.length >= manyRestarts ? red(sentence) : amber(sentence)
  }
  const findings: Finding[] = []
  const told = of('oom-kill')
  const owed = standing.oomOwed.get(key)?.kills ?? 0
  const kills = told.reduce((sum, { count }) => sum + count, owed)
  if (kills > 0) {
    const lastMs = owed > 0 ? nowMs : (told.at(-1)?.atMs ?? nowMs)
    const victims = counted(kills, 'process', 'processes')
    findings.push(
      finding(told, { lastMs, says: (when) => `lost ${victims} to the OOM killer ${when}` }),
    )
  }
  const probable = of('probable-oom')
  for (const { atMs: lastMs } of probable.slice(-1)) {
    findings.push(
      finding(probable, { lastMs, says: (when) => `probably ran out of memory ${when}` }),
    )
  }
  const restarts = of('container-restarted')
  for (const { atMs: lastMs } of restarts.slice(-1)) {
    const says = (when: string): string =>
      restarts.length === 1
        ? `was restarted ${when}`
        : `was restarted ${restarts.length} times, ${when} the last time`
    findings.push(finding(restarts, { lastMs, says }))
  }
  return findings
}

/** Containers that the pod has a name for, that ended and are not there again. */
export function missingContainers(
  options: HappenedOptions,
): ReadonlyMap<string, readonly Finding[]> {
  const { standing, nowMs } = options
  const missing = new Map<string, readonly Finding[]>()
  for (const event of standing.recent) {
    if (event.kind !== 'container-ended' || !standing.endedNames.has(event.label)) continue
    const { container: key, label, atMs } = event
    const when = ago(Math.max(0, nowMs - atMs) / 1000)
    missing.set(label, [
      ...happenedTo({ key, name: label, label }, options),
      amber(`ended ${when} and has not come back`),
    ])
  }
  return missing
}
