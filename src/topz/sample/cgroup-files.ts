import { readSync } from 'node:fs'
import type { CgroupPath } from '#topz/cgroupfs/container-key.ts'
import type { CgroupMount } from '#topz/cgroupfs/directories.ts'
import { directoryOf } from '#topz/cgroupfs/directories.ts'
import type { CgroupFigures, CgroupVersion, NoText } from '#topz/cgroupfs/figures.ts'
import { codeOf, missingOf } from '#topz/procfs/missing.ts'
import { readText } from '#topz/procfs/read-file.ts'
import type { Descriptors } from './descriptors.ts'
import type { FileChanges } from './file-changes.ts'

export interface CgroupFilesOptions {
  readonly version: CgroupVersion
  readonly lines: readonly CgroupPath[]
  readonly mounts: readonly CgroupMount[]
  /** The root folder of one of its processes, as `/proc/PID/root`. */
  readonly processRoot: string
  readonly descriptors: Descriptors
}

/** Where there is room it is kept open and outlives that process; else it was read once. */
type OpenFile = { readonly descriptor: number } | { readonly text: string }

/** More than any of them has, those with a line for each of a node's devices too. */
const buffer = Buffer.allocUnsafe(64 * 1024)

/** The files of one container's control group, opened through one of its processes. */
export class CgroupFiles {
  readonly #options: CgroupFilesOptions
  readonly #files = new Map<string, OpenFile | NoText>()
  #unwatch: () => void = () => {}

  constructor(options: CgroupFilesOptions) {
    this.#options = options
    for (const { controller, name, otherwise } of options.version.files) {
      const directory = directoryOf(controller, options)
      let file = directory === null ? 'not-offered' : this.#open(`${directory}/${name}`)
      if (file === 'not-offered' && otherwise !== undefined && directory !== null) {
        file = this.#open(`${directory}/${otherwise}`)
      }
      this.#files.set(name, file)
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

  /** Whether they stay open; else a later moment needs them opened anew, through a process of then. */
  get isKept(): boolean {
    for (const file of this.#files.values()) {
      if (typeof file !== 'string' && 'text' in file) return false
    }
    return true
  }

  /** Never throws: a file that is gone is a reason. */
  figures(): CgroupFigures {
    return this.#options.version.figures((name) => this.#read(name))
  }

  /** Tells figures of the one file whose changes the kernel tells, at each change. */
  watch(changes: FileChanges, changed: (figures: CgroupFigures) => void): void {
    const { told, figures } = this.#options.version
    const file = told === null ? undefined : this.#files.get(told)
    if (told === null || typeof file !== 'object' || !('descriptor' in file)) return
    const watch = changes.watch(`/proc/self/fd/${file.descriptor}`, () =>
      changed(figures((name) => (name === told ? this.#read(name) : 'not-offered'))),
    )
    if (watch !== null) this.#unwatch = () => changes.unwatch(watch)
  }

  close(): void {
    this.#unwatch()
    for (const file of this.#files.values()) {
      if (typeof file !== 'string' && 'descriptor' in file) {
        this.#options.descriptors.close(file.descriptor)
      }
    }
    this.#files.clear()
  }

  #open(inside: string): OpenFile | NoText {
    const path = `${this.#options.processRoot}${inside}`
    try {
      const descriptor = this.#options.descriptors.open(path)
      return descriptor < 0 ? { text: readText(path, buffer.length) } : { descriptor }
    } catch (error) {
      return noTextOf(error)
    }
  }

  #read(name: string): string | NoText {
    const file = this.#files.get(name) ?? 'not-offered'
    if (typeof file === 'string') return file
    if ('text' in file) return file.text
    try {
      return buffer.toString('latin1', 0, readSync(file.descriptor, buffer, 0, buffer.length, 0))
    } catch (error) {
      // it is not asked again: what the kernel refuses once it refuses always
      const missing = noTextOf(error)
      this.#options.descriptors.close(file.descriptor)
      this.#files.set(name, missing)
      return missing
    }
  }
}

/** A group that was removed with its container leaves `ENODEV` to those who hold its files. */
function noTextOf(error: unknown): NoText {
  const code = codeOf(error)
  if (code === 'ENODEV') return 'ended'
  return code === 'EOPNOTSUPP' || code === 'ENOTSUP'
    ? 'switched-off'
    : missingOf(error, 'not-offered')
}
