import { ByteReader } from './bytes.ts'
import { type Chapter, type SetName, setNames, shapes } from './chapter.ts'
import { SetReader } from './set-reader.ts'

/** Reads a chapter from its begin, moment by moment. */
export class ChapterReader {
  readonly #chapter: Chapter
  readonly #bytes: ByteReader
  readonly #sets: Readonly<Record<SetName, SetReader>>
  #moment = -1

  constructor(chapter: Chapter) {
    this.#chapter = chapter
    this.#bytes = new ByteReader(chapter.bytes)
    const set = (name: SetName): SetReader => new SetReader(shapes[name], chapter.words[name])
    this.#sets = {
      moment: set('moment'),
      network: set('network'),
      containers: set('containers'),
      processes: set('processes'),
    }
  }

  /** Of the moment that was read, steady. */
  get timeMs(): number {
    return this.#chapter.times[this.#moment] ?? 0
  }

  /**
   * Reads the next moment, up to and with the set `last`; from then on no set after it can be asked.
   * Default: all of it.
   *
   * @returns false when there is none
   */
  next(last: SetName = 'processes'): boolean {
    this.#moment++
    const offset = this.#chapter.offsets[this.#moment]
    if (offset === undefined) return false
    this.#bytes.at = offset
    for (const name of setNames) {
      this.#sets[name].read(this.#bytes, this.timeMs)
      if (name === last) break
    }
    return true
  }

  set(name: SetName): SetReader {
    return this.#sets[name]
  }
}
