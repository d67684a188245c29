import type { Sample, SampledContainer } from '#topz/sample/sample.ts'
import type { Container } from './table.ts'

/** What to show for each container, by key; no two the same. */
export function labelsOf(
  current: Sample,
  kinds: ReadonlyMap<string, Container['kind']>,
): Map<string, string> {
  const labels = new Map<string, string>()
  const taken = new Set<string>()
  const alone = current.containers.length === 1
  for (const container of current.containers) {
    const wanted = labelOf(container, kinds.get(container.key) ?? 'app', alone)
    const label = unique(wanted, container, taken)
    taken.add(label)
    labels.set(container.key, label)
  }
  return labels
}

function labelOf({ key, name }: SampledContainer, kind: Container['kind'], alone: boolean): string {
  if (name !== null) return name
  if (kind === 'pause') return 'pause'
  // in a namespace of our own our path is empty; on a plain machine it is everybody's
  if (key === '/') return kind === 'viewer' && !alone ? 'topz' : 'host'
  if (!key.startsWith('/')) return key.slice(0, 12)
  const last = key.slice(key.lastIndexOf('/') + 1).replace(/\.(scope|service|slice)$/, '')
  return last === '' ? key : last
}

/** A container that was restarted can share its name with what is left of the one before. */
function unique(wanted: string, { key }: SampledContainer, taken: ReadonlySet<string>): string {
  if (!taken.has(wanted)) return wanted
  // one word, so that `c:` finds it in a filter
  const withId = `${wanted}@${key.slice(0, 12)}`
  if (!taken.has(withId)) return withId
  let number = 2
  while (taken.has(`${withId}.${number}`)) number++
  return `${withId}.${number}`
}
