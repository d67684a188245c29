import type { Container, Network, PodEvent, Process, Table } from '#topz/model/table.ts'
import { type Chapter, type SetName, shapes } from './chapter.ts'
import { ChapterReader } from './chapter-reader.ts'
import { Chapters } from './chapters.ts'
import { EventLog } from './event-log.ts'
import type { Words } from './shape.ts'
import { SteadyTime } from './steady-time.ts'

export interface HistoryOptions {
  /** How far back it goes. */
  readonly spanMs: number
  /** All it may take. Default: `historyBytes`. */
  readonly mostBytes?: number
}

/** The room of a history, in bytes. */
export const historyBytes = 3 * 2 ** 20

/** A part of the room that events have for themselves. */
const eventsPart = 1 / 16

/** Of more processes than this those that use the most are kept. */
const mostProcesses = 4096

/**
 * The tables of the last minutes. A figure of then is shown with the digits that it had then; ages and
 * counted seconds are whole. Times are those of the wall clock as it is set now.
 *
 * @example
 * const history = new History({ spanMs: 900_000 })
 * history.record(table, sample.monotonicMs)
 * history.at(Date.now() - 60_000)?.verdict
 */
export class History {
  readonly spanMs: number
  readonly #time = new SteadyTime()
  readonly #chapters: Chapters
  readonly #events: EventLog
  /** The words of the newest table's records, by what tells the records apart. */
  readonly #living: Readonly<Record<SetName, Map<string, Words>>> = {
    moment: new Map(),
    network: new Map(),
    containers: new Map(),
    processes: new Map(),
  }

  constructor({ spanMs, mostBytes = historyBytes }: HistoryOptions) {
    this.spanMs = spanMs
    this.#chapters = new Chapters({ spanMs, mostBytes: mostBytes * (1 - eventsPart) })
    this.#events = new EventLog(mostBytes * eventsPart)
  }

  /** What it takes at the moment, nearly: never more than it may. */
  get bytes(): number {
    return this.#chapters.bytes + this.#events.bytes
  }

  /** Keeps a table that is newer than all before; `monotonicMs` is that of its sample. */
  record(table: Table, monotonicMs: number): void {
    const steadyMs = this.#time.of({ takenAtMs: table.takenAtMs, monotonicMs })
    const { writer } = this.#chapters
    writer.begin(steadyMs)
    this.#write('moment', [table], () => '')
    this.#write('network', table.network === null ? [] : [table.network], () => '')
    this.#write('containers', table.containers, ({ key }) => key)
    this.#write('processes', busiest(table.processes), ({ key }) => key)
    writer.end()
    this.#chapters.settle()
    this.#events.forget(steadyMs - this.spanMs)
    this.#events.add(
      steadyMs,
      table.events.map((event) => ({ ...event, atMs: this.#time.steadyMs(event.atMs) })),
    )
  }

  /** The newest table that is not younger than `epochMs`, or null when all are. */
  at(epochMs: number): Table | null {
    const steadyMs = this.#time.steadyMs(epochMs)
    let afterMs = Number.NEGATIVE_INFINITY
    let found: { readonly chapter: Chapter; readonly moment: number } | null = null
    for (const chapter of this.#chapters.all) {
      const moment = chapter.times.findLastIndex((time) => time <= steadyMs)
      if (moment < 0) break
      afterMs = chapter.times[moment - 1] ?? found?.chapter.times.at(-1) ?? afterMs
      found = { chapter, moment }
    }
    if (found === null) return null
    const reader = new ChapterReader(found.chapter)
    for (let moment = 0; moment <= found.moment; moment++) reader.next()
    return this.#table(reader, afterMs)
  }

  /** All moments there are, from the oldest on, read up to and with the set `last`. */
  *moments(last: SetName): Generator<ChapterReader> {
    for (const chapter of this.#chapters.all) {
      const reader = new ChapterReader(chapter)
      while (reader.next(last)) yield reader
    }
  }

  /** Of all tables that are kept, oldest first. */
  events(): PodEvent[] {
    return this.#shown(this.#events.between(Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY))
  }

  /** Epoch milliseconds of a moment. */
  epochMs(reader: Pick<ChapterReader, 'timeMs'>): number {
    return this.#time.epochMs(reader.timeMs)
  }

  #write<R extends object>(
    set: SetName,
    records: readonly R[],
    keyOf: (record: R) => string,
  ): void {
    const { writer } = this.#chapters
    const shape = shapes[set]
    const figures = new Float64Array(shape.kinds.length)
    const living = this.#living[set]
    for (let place = 0; place < records.length; place++) {
      const record = records[place]
      if (record === undefined) continue
      const key = keyOf(record)
      const before = living.get(key)
      const words = shape.wordsOf(record, before)
      if (words !== before) living.set(key, words)
      shape.figuresOf(record, { place, figures })
      writer.row(set, { words, figures })
    }
    if (living.size === records.length) return
    const keys = new Set(records.map(keyOf))
    for (const key of living.keys()) if (!keys.has(key)) living.delete(key)
  }

  #table(reader: ChapterReader, afterMs: number): Table {
    // the shapes have every field of these types, and their kinds
    const [moment] = reader.set('moment').records() as unknown as Table[]
    const networks = reader.set('network').records() as unknown as Network[]
    const containers = reader.set('containers').records() as unknown as PlacedContainer[]
    const processes = reader.set('processes').records() as unknown as Process[]
    const { unknown: _, ...scalars } = moment as Table & { readonly unknown: unknown }
    return {
      ...scalars,
      schema: 1,
      takenAtMs: this.epochMs(reader),
      containers: containers
        .sort((a, b) => a.place - b.place)
        .map(({ place: _, ...container }) => container),
      processes: processes.sort((a, b) => a.pid - b.pid),
      network: networks[0] ?? null,
      events: this.#shown(this.#events.between(afterMs, reader.timeMs)),
    }
  }

  #shown(events: readonly PodEvent[]): PodEvent[] {
    return events.map((event) => ({ ...event, atMs: this.#time.epochMs(event.atMs) }))
  }
}

interface PlacedContainer extends Container {
  readonly place: number
}

function busiest(processes: readonly Process[]): readonly Process[] {
  if (processes.length <= mostProcesses) return processes
  const weight = ({ cpuMillicores, rssBytes }: Process): number =>
    (cpuMillicores ?? 0) * 1e15 + (rssBytes ?? 0)
  return processes.toSorted((a, b) => weight(b) - weight(a)).slice(0, mostProcesses)
}
