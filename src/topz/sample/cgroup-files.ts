import { readSync } from 'node:fs'
import type { CgroupPath } from '#topz/cgroupfs/container-key.ts'
import type { CgroupMount } from '#topz/cgroupfs/directories.ts'
import { directoryOf } from '#topz/cgroupfs/directories.ts'
import type { CgroupFigures, CgroupVersion } from '#topz/cgroupfs/figures.ts'
import type { Missing } from '#topz/procfs/missing.ts'
import { missingOf } from '#topz/procfs/missing.ts'
import { readText } from '#topz/procfs/read-file.ts'
import type { Descriptors } from './descriptors.ts'

export interface CgroupFilesOptions {
  readonly version: CgroupVersion
  readonly lines: readonly CgroupPath[]
  readonly mounts: readonly CgroupMount[]
  /** The root folder of one of its processes, as `/proc/PID/root`. */
  readonly processRoot: string
  readonly descriptors: Descriptors
}

/** One file of a control group: kept open where there is room, then it outlives that process. */
interface KeptFile {
  readonly path: string
  readonly descriptor: number
}

/** More than any of them has. */
const buffer = Buffer.allocUnsafe(16 * 1024)

/** The files of one container's control group, opened through one of its processes. */
export class CgroupFiles {
  readonly #options: CgroupFilesOptions
  readonly #files = new Map<string, KeptFile | Missing>()

  constructor(options: CgroupFilesOptions) {
    this.#options = options
    for (const { controller, name } of options.version.files) {
      const directory = directoryOf(controller, options)
      this.#files.set(name, directory === null ? 'not-offered' : this.#open(`${directory}/${name}`))
    }
  }

  /** Whether any could be opened; else it may be tried through another process. */
  get isOpen(): boolean {
    for (const file of this.#files.values()) if (typeof file !== 'string') return true
    return false
  }

  /** Whether they are another user's. */
  get isHidden(): boolean {
    return [...this.#files.values()].includes('another-user')
  }

  /** Never throws: a file that is gone is a reason. */
  figures(): CgroupFigures {
    return this.#options.version.figures((name) => this.#read(name))
  }

  close(): void {
    for (const file of this.#files.values()) {
      if (typeof file !== 'string' && file.descriptor >= 0) {
        this.#options.descriptors.close(file.descriptor)
      }
    }
    this.#files.clear()
  }

  #open(inside: string): KeptFile | Missing {
    const path = `${this.#options.processRoot}${inside}`
    try {
      const descriptor = this.#options.descriptors.open(path)
      if (descriptor < 0) readText(path, 1) // tells the same errors
      return { path, descriptor }
    } catch (error) {
      return missingOf(error, 'not-offered')
    }
  }

  #read(name: string): string | Missing {
    const file = this.#files.get(name) ?? 'not-offered'
    if (typeof file === 'string') return file
    try {
      if (file.descriptor < 0) return readText(file.path, buffer.length)
      return buffer.toString('latin1', 0, readSync(file.descriptor, buffer, 0, buffer.length, 0))
    } catch (error) {
      // the group went away with its container: what opens the next time is another's
      const missing = missingOf(error, 'not-offered')
      if (file.descriptor >= 0) this.#options.descriptors.close(file.descriptor)
      this.#files.set(name, missing)
      return missing
    }
  }
}
