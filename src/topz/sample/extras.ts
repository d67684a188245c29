import { closeSync, openSync, readSync } from 'node:fs'
import { openFileCount, openFileCountOf, withoutReading } from '#topz/procfs/fd.ts'
import type { Disk } from '#topz/procfs/io.ts'
import { parseDisk } from '#topz/procfs/io.ts'
import type { Figure, Missing } from '#topz/procfs/missing.ts'
import { missingOf } from '#topz/procfs/missing.ts'
import { parseSchedstat } from '#topz/procfs/schedstat.ts'
import type { Descriptors } from './descriptors.ts'
import type { KnownProcess } from './known-process.ts'
import type { Surroundings } from './machine.ts'

export interface ExtrasOptions {
  readonly procRoot: string
  readonly surroundings: Surroundings
  readonly descriptors: Descriptors
}

/** Longer than `/proc/PID/io` and `/proc/PID/schedstat`. */
const buffer = Buffer.allocUnsafe(512)

/**
 * What is read of a process only when somebody wants to see it. Never throws: each figure is a number
 * or a reason. Files that anybody may read are kept open while there is much room; it takes 4 KiB of
 * the kernel's memory for each schedstat, and a sixth of the time.
 */
export class Extras {
  readonly #options: ExtrasOptions
  /** Of the process that was asked for last. */
  readonly #disk: Disk = { readBytes: 0, writtenBytes: 0 }

  constructor(options: ExtrasOptions) {
    this.#options = options
  }

  openFiles(process: KnownProcess): Figure {
    const { procRoot, surroundings, descriptors } = this.#options
    if (!surroundings.countsOpenFiles) return 'not-offered'
    try {
      if (process.files < 0) {
        const folder = `${procRoot}/${process.pid}`
        process.files = descriptors.openSpare(`${folder}/fd`, withoutReading)
        if (process.files < 0) return openFileCount(folder)
      }
      return openFileCountOf(process.files)
    } catch (error) {
      return missingOf(error, 'ended')
    }
  }

  /** @param round A schedule that was read in this sample is not read again. */
  waitSeconds(process: KnownProcess, round: number): Figure {
    const { procRoot, surroundings } = this.#options
    if (!surroundings.tellsWaiting) return 'not-offered'
    try {
      if (process.scheduleRound !== round && !this.#readSchedule(process, round)) {
        const length = readOnce(`${procRoot}/${process.pid}/schedstat`)
        parseSchedstat(buffer, length, process.schedule)
      }
      return process.schedule.waitNs / 1e9
    } catch (error) {
      return missingOf(error, 'ended')
    }
  }

  /**
   * Whether it has had no CPU since this was asked last, in an earlier sample. Of that very process,
   * as its descriptor is kept; false when the kernel does not tell.
   */
  hasNotRun(process: KnownProcess, round: number): boolean {
    if (!this.#options.surroundings.tellsWaiting) return false
    const { ranNs, turns } = process.schedule
    try {
      if (!this.#readSchedule(process, round)) return false
    } catch {
      return false // ended; its stat will say so
    }
    return process.schedule.turns === turns && process.schedule.ranNs === ranNs
  }

  /** @returns Whether there is a descriptor for it. */
  #readSchedule(process: KnownProcess, round: number): boolean {
    const isNew = process.schedstat < 0
    if (isNew) {
      const { procRoot, descriptors } = this.#options
      process.schedstat = descriptors.openSpare(`${procRoot}/${process.pid}/schedstat`)
      if (process.schedstat < 0) return false
    }
    const length = readSync(process.schedstat, buffer, 0, buffer.length, 0)
    parseSchedstat(buffer, length, process.schedule)
    // the PID may have been taken again before it was opened: only a stat read later tells
    if (isNew) process.schedule.turns = -1
    process.scheduleRound = round
    return true
  }

  /** @returns Its disk figures, valid until the next call, or why there are none. */
  disk(process: KnownProcess): Readonly<Disk> | Missing {
    if (process.noDisk !== null) return process.noDisk
    try {
      const length = readOnce(`${this.#options.procRoot}/${process.pid}/io`)
      if (parseDisk(buffer, length, this.#disk)) return this.#disk
      process.noDisk = 'not-offered'
    } catch (error) {
      process.noDisk = missingOf(error, 'not-offered')
    }
    return process.noDisk
  }

  /** Gives back what is kept for `openFiles`. */
  dropFiles(process: KnownProcess): void {
    if (process.files >= 0) this.#options.descriptors.close(process.files)
    process.files = -1
  }

  /** Gives back all that is kept. */
  drop(process: KnownProcess): void {
    this.dropFiles(process)
    if (process.schedstat >= 0) this.#options.descriptors.close(process.schedstat)
    process.schedstat = -1
  }
}

function readOnce(path: string): number {
  const descriptor = openSync(path, 'r')
  try {
    return readSync(descriptor, buffer, 0, buffer.length, 0)
  } finally {
    closeSync(descriptor)
  }
}
