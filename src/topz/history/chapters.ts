import { type Chapter, type SetName, setNames } from './chapter.ts'
import { ChapterReader } from './chapter-reader.ts'
import { ChapterWriter } from './chapter-writer.ts'
import type { Words } from './shape.ts'

export interface ChaptersOptions {
  readonly spanMs: number
  /** All chapters together, the words of their rows included. */
  readonly mostBytes: number
}

/** So many chapters, of equal time, make up the span; and none takes more than this part of the room. */
const parts = 8

/**
 * Moments in the order of time, in a room of a fixed size. When it is full, every second moment goes where
 * they are the closest together for their age: what is old becomes coarse, and stays.
 */
export class Chapters {
  readonly #options: ChaptersOptions
  #closed: Chapter[] = []
  #open = new ChapterWriter()
  /** What all took when it was last counted, and what the open one weighed then. */
  #counted = 0
  #weighed = 0

  constructor(options: ChaptersOptions) {
    this.#options = options
  }

  /** Bytes taken when it was last counted, and what came since by the weight of rows. */
  get bytes(): number {
    return this.#counted + weightOf(this.#open) - this.#weighed
  }

  /** From the oldest on. */
  get all(): readonly Chapter[] {
    return this.#open.moments === 0 ? this.#closed : [...this.#closed, this.#open.chapter]
  }

  /** Where the next moment is to be written; `settle` comes after it. */
  get writer(): ChapterWriter {
    return this.#open
  }

  /** Closes the chapter when it is long enough, and makes room. */
  settle(): void {
    const { spanMs, mostBytes } = this.#options
    const { times } = this.#open.chapter
    const nowMs = times.at(-1) ?? 0
    const long = nowMs - (times[0] ?? 0) >= spanMs / parts
    const { capacity, rows, firstRows } = this.#open
    const large = capacity + rowBytes * (rows - firstRows) >= mostBytes / parts
    if (long || large) {
      this.#closed.push(this.#open.close())
      this.#open = new ChapterWriter()
      this.#closed = this.#closed.filter((chapter) => (chapter.times.at(-1) ?? 0) > nowMs - spanMs)
      this.#count()
    }
    if (this.bytes <= mostBytes) return
    this.#count()
    // a little more than needed, as each count looks at all words
    while (this.all.length > 1 && this.#counted > mostBytes * 0.95) {
      // the newest moment always stays
      const stays = this.#open.moments === 0 ? 1 : 0
      const older = this.#closed.slice(0, this.#closed.length - stays)
      this.#closed = [...withLess(older, spanMs), ...this.#closed.slice(older.length)]
      this.#count()
    }
  }

  #count(): void {
    this.#counted = bytesOf(this.all)
    this.#weighed = weightOf(this.#open)
  }
}

/** What the words of a row take, as a guess that needs no look at them. */
const rowBytes = 200

function weightOf(open: ChapterWriter): number {
  return open.capacity + rowBytes * open.rows
}

/**
 * Two neighbours become one with half their moments, so that a chapter, which begins with all rows, always
 * has many.
 */
function withLess(chapters: readonly Chapter[], spanMs: number): Chapter[] {
  const nowMs = chapters.at(-1)?.times.at(-1) ?? 0
  let chosen = 0
  let most = 0
  for (const at of chapters.keys()) {
    const crowded = crowdedness(pairAt(chapters, { at, spanMs }), nowMs)
    if (crowded > most) [chosen, most] = [at, crowded]
  }
  const pair = pairAt(chapters, { at: chosen, spanMs })
  const moments = pair.reduce((sum, { times }) => sum + times.length, 0)
  const less = moments < 2 ? [] : [halfOf(pair)]
  return chapters.toSpliced(chosen, pair.length, ...less)
}

/** A chapter and the next one, or the chapter alone where both would be too long to be let go of in time. */
function pairAt(
  chapters: readonly Chapter[],
  { at, spanMs }: { at: number; spanMs: number },
): readonly Chapter[] {
  const pair = chapters.slice(at, at + 2)
  const lengthMs = (pair.at(-1)?.times.at(-1) ?? 0) - (pair[0]?.times[0] ?? 0)
  return lengthMs > spanMs / 2 ? pair.slice(0, 1) : pair
}

/** How close together moments are for their age. */
function crowdedness(chapters: readonly Chapter[], nowMs: number): number {
  const times = chapters.flatMap((chapter) => chapter.times)
  const [first = 0, last = 0] = [times[0], times.at(-1)]
  return (1 + nowMs - first) / ((1 + last - first) / times.length)
}

/** Every second moment, the first one included. */
function halfOf(chapters: readonly Chapter[]): Chapter {
  const writer = new ChapterWriter()
  let moment = 0
  for (const chapter of chapters) {
    const reader = new ChapterReader(chapter)
    while (reader.next()) if (moment++ % 2 === 0) writer.copy(reader)
  }
  return writer.close()
}

/** Each record's words are one object, however many chapters it is in. */
function bytesOf(chapters: readonly Chapter[]): number {
  const counted = new Set<Words>()
  let bytes = 0
  for (const { times, bytes: written, words } of chapters) {
    bytes += written.length + times.length * 16
    for (const name of setNames) {
      bytes += words[name].length * 8
      for (const each of words[name]) {
        if (!counted.has(each)) bytes += wordsBytes(name, each)
        counted.add(each)
      }
    }
  }
  return bytes
}

/** Two objects, and those texts that few other objects share. */
function wordsBytes(set: SetName, { texts }: Words): number {
  if (set !== 'processes') return 120 + texts.reduce((sum, text) => sum + (text?.length ?? 0), 0)
  const [key, , name, command] = texts
  return 160 + (key?.length ?? 0) + (name?.length ?? 0) + (command?.length ?? 0)
}
