import { amber, type Finding, red } from './finding.ts'
import type { Container, EventKind, PodEvent } from './table.ts'
import { ago, counted } from './words.ts'

/** How long each of these is urgent; later it is worth a word only. */
const urgentMs = 5 * 60_000

/** Restarts within what is remembered that are a loop. */
const manyRestarts = 3

/** What of late happened to a container, also to the one of its name before it. */
export function happenedTo(
  { key, name, label }: Pick<Container, 'key' | 'name' | 'label'>,
  { recent, nowMs }: { readonly recent: readonly PodEvent[]; readonly nowMs: number },
): readonly Finding[] {
  const about = recent.filter(
    (event) => event.container === key || (name !== null && [name, label].includes(event.label)),
  )
  const findings: Finding[] = []
  const add = (kind: EventKind, says: (events: readonly PodEvent[], when: string) => string) => {
    const events = about.filter((event) => event.kind === kind)
    const last = events.at(-1)
    if (last === undefined) return
    const sinceMs = Math.max(0, nowMs - last.atMs)
    const sentence = says(events, ago(sinceMs / 1000))
    findings.push(
      sinceMs < urgentMs || events.length >= manyRestarts ? red(sentence) : amber(sentence),
    )
  }
  add('oom-kill', (events, when) => {
    const kills = events.reduce((sum, { count }) => sum + count, 0)
    return `lost ${counted(kills, 'process', 'processes')} to the OOM killer ${when}`
  })
  add('probable-oom', (_, when) => `probably ran out of memory ${when}`)
  add('container-restarted', (events, when) =>
    events.length === 1
      ? `was restarted ${when}`
      : `was restarted ${events.length} times, ${when} the last time`,
  )
  return findings
}

/** Containers that the pod has a name for, that ended and are not there again. */
export function missingContainers({
  recent,
  endedNames,
  nowMs,
}: {
  readonly recent: readonly PodEvent[]
  readonly endedNames: ReadonlySet<string>
  readonly nowMs: number
}): ReadonlyMap<string, readonly Finding[]> {
  const missing = new Map<string, readonly Finding[]>()
  for (const event of recent) {
    if (event.kind !== 'container-ended' || !endedNames.has(event.label)) continue
    const { container: key, label, atMs } = event
    const when = ago(Math.max(0, nowMs - atMs) / 1000)
    missing.set(label, [
      ...happenedTo({ key, name: label, label }, { recent, nowMs }),
      amber(`ended ${when} and has not come back`),
    ])
  }
  return missing
}
