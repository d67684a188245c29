import { ByteWriter } from './bytes.ts'
import { type Chapter, type SetName, setNames, shapes } from './chapter.ts'
import type { ChapterReader } from './chapter-reader.ts'
import { SetWriter } from './set-writer.ts'
import type { Figures, Words } from './shape.ts'

/** Writes one chapter, moment by moment: `begin`, then `row` for each row, set by set, then `end`. */
export class ChapterWriter {
  readonly #bytes = new ByteWriter()
  readonly #times: number[] = []
  readonly #offsets: number[] = []
  readonly #words: Record<SetName, Words[]> = {
    moment: [],
    network: [],
    containers: [],
    processes: [],
  }
  readonly #sets: Readonly<Record<SetName, SetWriter>>
  #firstRows = 0
  #open = 0

  constructor() {
    const set = (name: SetName): SetWriter =>
      new SetWriter(shapes[name], { bytes: this.#bytes, words: this.#words[name] })
    this.#sets = {
      moment: set('moment'),
      network: set('network'),
      containers: set('containers'),
      processes: set('processes'),
    }
  }

  get moments(): number {
    return this.#times.length
  }

  /** The bytes it has taken; words are its reader's to count. */
  get capacity(): number {
    return this.#bytes.capacity
  }

  /** Of all its moments together. */
  get rows(): number {
    return setNames.reduce((sum, name) => sum + this.#words[name].length, 0)
  }

  /** Of its first moment. */
  get firstRows(): number {
    return this.#firstRows
  }

  /** As it is: good until more is written. */
  get chapter(): Chapter {
    const bytes = this.#bytes.written()
    return { times: this.#times, offsets: this.#offsets, bytes, words: this.#words }
  }

  /** What is written, without room for more. */
  close(): Chapter {
    return { ...this.chapter, bytes: this.#bytes.written().slice() }
  }

  /** A moment later than all before. */
  begin(steadyMs: number): void {
    this.#times.push(steadyMs)
    this.#offsets.push(this.#bytes.length)
    this.#open = 0
    this.#set.begin(steadyMs)
  }

  /** The sets come in the order of `setNames`. */
  row(set: SetName, { words, figures }: { words: Words; figures: Figures }): void {
    while (setNames[this.#open] !== set) this.#next()
    this.#set.row(words, figures)
  }

  end(): void {
    while (this.#open < setNames.length - 1) this.#next()
    this.#set.end()
    if (this.moments === 1) this.#firstRows = this.rows
  }

  /** The moment that was read, whole. */
  copy(reader: ChapterReader): void {
    this.begin(reader.timeMs)
    for (const name of setNames) {
      reader.set(name).each((words, figures) => this.row(name, { words, figures }))
    }
    this.end()
  }

  get #set(): SetWriter {
    return this.#sets[setNames[this.#open] ?? 'processes']
  }

  #next(): void {
    this.#set.end()
    this.#open++
    this.#set.begin(this.#times.at(-1) ?? 0)
  }
}
