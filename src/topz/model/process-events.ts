import type { Sample } from '#topz/sample/sample.ts'
import type { Change } from './changes.ts'
import type { PodEvent } from './table.ts'
import { called, counted, lasting } from './words.ts'

export interface ProcessEventsOptions {
  readonly current: Sample
  /** By `Container.key`. */
  readonly labels: (container: string) => string
}

/** More of one program in one interval are one event that counts them. */
const mostOfProgram = 3

/** More programs of one container in one interval share one event for all the rest. */
const mostPrograms = 10

/** Starts and ends as events, however many there were: a fork bomb is a few lines. */
export function processEventsOf(
  changes: readonly Change[],
  options: ProcessEventsOptions,
): PodEvent[] {
  const events: PodEvent[] = []
  const byPlace = Map.groupBy(changes, ({ kind, process }) => `${kind} ${process.facts.container}`)
  for (const some of byPlace.values()) {
    const programs = [...Map.groupBy(some, ({ process }) => process.facts.name)]
    for (const [name, alike] of programs.slice(0, mostPrograms)) {
      if (alike.length > mostOfProgram) events.push(eventOfMany(alike, options, { name }))
      else for (const change of alike) events.push(eventOf(change, options))
    }
    const rest = programs.slice(mostPrograms).flatMap(([, alike]) => alike)
    if (rest.length > 0) events.push(eventOfMany(rest, options, { name: null }))
  }
  return events
}

function eventOf(change: Change, options: ProcessEventsOptions): PodEvent {
  const { kind, process } = change
  const { key, facts } = process
  const who = called({ name: facts.name, pid: process.pid })
  const age = ageSecondsOf(change, options.current)
  const after = age === null ? '' : ` after ${lasting(age)}`
  return {
    // the kernel tells a start to a hundredth of a second
    atMs: options.current.takenAtMs - (kind === 'start' ? (age ?? 0) * 1000 : 0),
    kind,
    container: facts.container,
    label: options.labels(facts.container),
    process: key,
    count: 1,
    says: kind === 'start' ? `${who} started` : `${who} ended${after}`,
  }
}

function eventOfMany(
  changes: readonly Change[],
  { current, labels }: ProcessEventsOptions,
  { name }: { readonly name: string | null },
): PodEvent {
  const kind = changes[0]?.kind ?? 'start'
  const container = changes[0]?.process.facts.container ?? ''
  const did = kind === 'start' ? 'started' : 'ended'
  const who =
    name === null
      ? counted(changes.length, 'more process', 'more processes')
      : `${counted(changes.length, 'process', 'processes')} of ${name === '' ? 'no name' : name}`
  return {
    atMs: current.takenAtMs,
    kind,
    container,
    label: labels(container),
    process: null,
    count: changes.length,
    says: `${who} ${did}`,
  }
}

function ageSecondsOf({ process: { counters } }: Change, current: Sample): number | null {
  if (typeof counters === 'string' || current.uptimeSeconds === null) return null
  return Math.max(0, current.uptimeSeconds - counters.startSeconds)
}
