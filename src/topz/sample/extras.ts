import { closeSync, openSync, readSync } from 'node:fs'
import { openFileCount, openFileCountOf, withoutReading } from '#topz/procfs/fd.ts'
import type { Disk } from '#topz/procfs/io.ts'
import { parseDisk } from '#topz/procfs/io.ts'
import type { Figure, Missing } from '#topz/procfs/missing.ts'
import { missingOf } from '#topz/procfs/missing.ts'
import { parseWaitSeconds } from '#topz/procfs/schedstat.ts'
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

  waitSeconds(process: KnownProcess): Figure {
    const { procRoot, surroundings, descriptors } = this.#options
    if (!surroundings.tellsWaiting) return 'not-offered'
    try {
      if (process.schedstat < 0) {
        const path = `${procRoot}/${process.pid}/schedstat`
        process.schedstat = descriptors.openSpare(path)
        if (process.schedstat < 0) return parseWaitSeconds(buffer, readOnce(path))
      }
      const length = readSync(process.schedstat, buffer, 0, buffer.length, 0)
      return parseWaitSeconds(buffer, length)
    } catch (error) {
      return missingOf(error, 'ended')
    }
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

  /** Gives back what `openFiles` and `waitSeconds` have kept. */
  drop(process: KnownProcess): void {
    const { descriptors } = this.#options
    if (process.files >= 0) descriptors.close(process.files)
    if (process.schedstat >= 0) descriptors.close(process.schedstat)
    process.files = -1
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
