import type { Container, PodEvent, Process } from '#topz/model/table.ts'
import { shapes } from './chapter.ts'
import type { History } from './history.ts'
import { Lines } from './lines.ts'

const limits = ['cpuLimitMillicores', 'memoryLimitBytes'] as const
const containerFigures = ['cpuMillicores', 'memoryBytes', 'throttled', 'pids', ...limits] as const
type Limit = (typeof limits)[number]
type ContainerFigure = (typeof containerFigures)[number]

const processFigures = [
  'cpuMillicores',
  'cpuWaitMillicores',
  'rssBytes',
  'threads',
  'openFiles',
  'diskReadBytesPerSecond',
  'diskWriteBytesPerSecond',
] as const

type Word = 'key' | 'container' | 'name' | 'command' | 'user'

/** A value for each moment; null where there was no such record, or the figure was not known. */
type Line = readonly (number | null)[]

/** Name and limits are the last ones it had. */
export interface ContainerSeries
  extends Pick<Container, 'key' | 'name' | 'label' | 'kind' | Limit>,
    Readonly<Record<Exclude<ContainerFigure, Limit>, Line>> {}

/** What a page draws its line of time with. */
export interface PodSeries {
  /** Version of this shape in JSON. */
  readonly schema: 1
  /** How far back it goes at most. */
  readonly spanMs: number
  /** Epoch milliseconds of each moment, oldest first. */
  readonly takenAtMs: readonly number[]
  /** All that any moment has, in the order in which they were seen first. */
  readonly containers: readonly ContainerSeries[]
  /** Oldest first. */
  readonly events: readonly PodEvent[]
}

export interface ProcessSeries
  extends Pick<Process, Word>,
    Readonly<Record<(typeof processFigures)[number], Line>> {
  /** Version of this shape in JSON. */
  readonly schema: 1
  /** Epoch milliseconds of all moments from the first to the last that has it. */
  readonly takenAtMs: readonly number[]
}

/** All containers and events that are kept. */
export function podSeries(history: History): PodSeries {
  const takenAtMs: number[] = []
  const all = new Map<string | null, Lines<ContainerFigure>>()
  for (const reader of history.moments('containers')) {
    const moment = takenAtMs.push(history.epochMs(reader)) - 1
    reader.set('containers').each((words, figures) => {
      const key = shapes.containers.keyOf(words)
      const lines = all.get(key) ?? new Lines(shapes.containers, containerFigures)
      all.set(key, lines)
      lines.add(moment, { words, figures })
    })
  }
  const containers = [...all.values()].map((lines) => {
    const { key, name, label, kind } = lines.words
    const { cpuLimitMillicores, memoryLimitBytes, ...figures } = lines.all(takenAtMs.length)
    return {
      ...{ key, name, label, kind },
      cpuLimitMillicores: lastOf(cpuLimitMillicores),
      memoryLimitBytes: lastOf(memoryLimitBytes),
      ...figures,
    } as ContainerSeries // words are what the table had
  })
  return { schema: 1, spanMs: history.spanMs, takenAtMs, containers, events: history.events() }
}

/** One process, by `Process.key`; null when no moment that is kept has it. */
export function processSeries(history: History, key: string): ProcessSeries | null {
  const takenAtMs: number[] = []
  const lines = new Lines(shapes.processes, processFigures)
  for (const reader of history.moments('processes')) {
    const atMs = history.epochMs(reader)
    reader.set('processes').one(key, (words, figures) => {
      if (lines.length === 0) takenAtMs.length = 0
      lines.add(takenAtMs.length, { words, figures })
    })
    takenAtMs.push(atMs)
  }
  if (lines.length === 0) return null
  const times = takenAtMs.slice(0, lines.length)
  const words = lines.words as Pick<ProcessSeries, Word> // what the table had
  return { schema: 1, ...words, takenAtMs: times, ...lines.all(times.length) }
}

function lastOf(line: Line): number | null {
  return line.findLast((value) => value !== null) ?? null
}
