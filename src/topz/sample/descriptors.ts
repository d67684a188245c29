import { closeSync, openSync } from 'node:fs'
import { codeOf } from '#topz/procfs/missing.ts'
import { readWithoutWaiting } from '#topz/procfs/read-file.ts'

/** Kept for sockets of viewers, control groups and all the rest of the program. */
const reserve = 256

/**
 * How many descriptors may be kept open. Whoever is refused opens, reads and closes each time: dearer,
 * never wrong.
 */
export class Descriptors {
  readonly #max: number
  #free: number
  #shortage: () => void = () => {}

  constructor(max: number) {
    this.#max = max
    this.#free = max
  }

  /** Who is asked to surrender some when the whole program has too few after all. */
  onShortage(surrenderSome: () => void): void {
    this.#shortage = surrenderSome
  }

  /** Opens for keeping; -1 when there is no room. @throws What open throws otherwise. */
  open(path: string, flags: number = readWithoutWaiting): number {
    if (this.#free <= 0) return -1
    try {
      const descriptor = openSync(path, flags)
      this.#free--
      return descriptor
    } catch (error) {
      const code = codeOf(error)
      if (code !== 'EMFILE' && code !== 'ENFILE') throw error
      // the rest of the program needs more than was reserved, so fewer are kept from now on
      this.#free = 0
      this.#shortage()
      return -1
    }
  }

  /** As `open` for what is only cheaper when it is kept: half of the room is for what matters more. */
  openSpare(path: string, flags?: number): number {
    return this.#free * 2 > this.#max ? this.open(path, flags) : -1
  }

  close(descriptor: number): void {
    this.#free++
    closeSync(descriptor)
  }

  /** Closes without room for another in its place. */
  surrender(descriptor: number): void {
    closeSync(descriptor)
  }
}

/** How many to keep under a soft limit of open files. */
export function keepable(softLimit: number | null): number {
  const limit = Math.min(softLimit ?? 1024, 65536)
  return Math.max(0, Math.min(limit - reserve, Math.floor(limit * 0.75)))
}
