import { type ContainerStanding, type Standing, unremarkable } from './standing.ts'
import type { Container, EventKind, PodEvent } from './table.ts'
import { lasting } from './words.ts'

export interface ContainerEventsOptions {
  /** Null at the very first table: then all was there before. */
  readonly standing: Standing | null
  /** Those of now. */
  readonly containers: readonly Container[]
  /** Epoch milliseconds. */
  readonly takenAtMs: number
  readonly intervalMs: number
}

export interface ContainerChanges {
  readonly events: readonly PodEvent[]
  readonly standing: Pick<Standing, 'containers' | 'endedNames'>
}

/** A container may get its name a moment after its first process started. */
const longestUnnamedMs = 5_000

const mostEndedNames = 100

/** Containers that started, started again, or ended. The same name with another key is a restart. */
export function containerEventsOf(options: ContainerEventsOptions): ContainerChanges {
  const { standing, containers, takenAtMs } = options
  const names = new Set(containers.map(({ name }) => name))
  const endedNames = new Set(standing?.endedNames)
  const living = new Set(containers.map(({ key }) => key))
  const gone = [...(standing?.containers ?? [])].filter(([key]) => !living.has(key))
  for (const [, { name }] of gone) {
    if (name === null || names.has(name)) continue
    endedNames.delete(name) // to the end: the oldest are forgotten first
    endedNames.add(name)
  }
  const now = new Map<string, ContainerStanding>()
  const begun: PodEvent[] = []
  for (const container of containers) {
    const { key, name, label, ageSeconds } = container
    const before = standing?.containers.get(key) ?? null
    const seenAtMs = before?.seenAtMs ?? takenAtMs
    const told = standing === null || before?.announced === true
    const announced = told || name !== null || takenAtMs - seenAtMs >= longestUnnamedMs
    const record = { ...(before ?? unremarkable), label, name, seenAtMs, announced, ageSeconds }
    now.set(key, record)
    if (told || !announced) continue
    const again = name !== null && (endedNames.has(name) || hasAnother(name, { key, standing }))
    begun.push(again ? restartOf(key, record, options) : startOf(key, record, options))
    if (name !== null) endedNames.delete(name)
  }
  const over = gone.flatMap(([key, before]) => {
    const end = endOf(key, before, { ...options, begun })
    return before.announced ? [end] : [startOf(key, before, options), end]
  })
  for (const name of endedNames) {
    if (endedNames.size <= mostEndedNames) break
    endedNames.delete(name)
  }
  return { events: [...over, ...begun], standing: { containers: now, endedNames } }
}

/** Whether one of that name was there already: what is left of it may take a while to end. */
function hasAnother(
  name: string,
  { key, standing }: { readonly key: string; readonly standing: Standing | null },
): boolean {
  for (const [other, before] of standing?.containers ?? []) {
    if (other !== key && before.name === name) return true
  }
  return false
}

function startOf(
  container: string,
  about: ContainerStanding,
  options: ContainerEventsOptions,
): PodEvent {
  return began(container, about, { ...options, kind: 'container-started', did: 'started' })
}

function restartOf(
  container: string,
  about: ContainerStanding,
  options: ContainerEventsOptions,
): PodEvent {
  return began(container, about, { ...options, kind: 'container-restarted', did: 'was restarted' })
}

/** When its first process started, but not before the sample that did not show it yet. */
function began(
  container: string,
  { label, ageSeconds, seenAtMs }: ContainerStanding,
  how: ContainerEventsOptions & { readonly kind: EventKind; readonly did: string },
): PodEvent {
  const sinceMs = Math.max(0, how.takenAtMs - seenAtMs) + how.intervalMs
  const atMs = how.takenAtMs - Math.min(sinceMs, (ageSeconds ?? 0) * 1000)
  const says = `${label} ${how.did}`
  return { atMs, kind: how.kind, container, label, process: null, count: 1, says }
}

/** Before the one that took its place started. */
function endOf(
  container: string,
  { label, ageSeconds }: ContainerStanding,
  {
    takenAtMs,
    intervalMs,
    begun,
  }: ContainerEventsOptions & { readonly begun: readonly PodEvent[] },
): PodEvent {
  const successor = begun.find((event) => event.label === label)
  const after = ageSeconds === null ? '' : ` after ${lasting(ageSeconds + intervalMs / 1000)}`
  return {
    atMs: successor?.atMs ?? takenAtMs,
    kind: 'container-ended',
    container,
    label,
    process: null,
    count: 1,
    says: `${label} ended${after}`,
  }
}
