import { chmodSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { TemporaryFolder } from '#test/fixtures/temp.ts'
import { temporaryFolder } from '#test/fixtures/temp.ts'

export interface FakeProcess {
  readonly name?: string
  readonly state?: string
  readonly parentPid?: number
  readonly cpuTicks?: number
  readonly startTicks?: number
  readonly rssPages?: number
}

/** A process file system made by hand, with what a test is about and nothing else. */
export class FakeProc implements AsyncDisposable {
  readonly #folder: TemporaryFolder = temporaryFolder('fake-proc')

  constructor({ uptimeSeconds = 1000 } = {}) {
    this.write('uptime', `${uptimeSeconds}.00 1.00\n`)
  }

  get path(): string {
    return this.#folder.path
  }

  /** Writes over what is there, so that a descriptor held on it sees the new text. */
  write(file: string, text: string): void {
    mkdirSync(dirname(join(this.path, file)), { recursive: true })
    writeFileSync(join(this.path, file), text)
  }

  /** Something that opens and cannot be read, whoever asks, root included. */
  unreadable(file: string): void {
    rmSync(join(this.path, file), { force: true })
    mkdirSync(join(this.path, file), { recursive: true })
  }

  /** What another user may not enter. */
  keepPrivate(folder: string): void {
    chmodSync(this.path, 0o755)
    chmodSync(join(this.path, folder), 0o700)
  }

  /** The process that the sampler takes itself for. */
  self(pid: number): void {
    this.link('self', `${pid}`)
  }

  link(file: string, target: string): void {
    mkdirSync(dirname(join(this.path, file)), { recursive: true })
    symlinkSync(target, join(this.path, file))
  }

  /** Takes it out of the listing, while descriptors held on it go on. */
  unlist(pid: number): void {
    renameSync(join(this.path, `${pid}`), join(this.path, `unlisted-${pid}`))
  }

  process(pid: number, has: FakeProcess = {}): void {
    const { name = 'app', state = 'S', parentPid = 0, cpuTicks = 0 } = has
    const { startTicks = 500, rssPages = 100 } = has
    this.write(
      `${pid}/stat`,
      `${pid} (${name}) ${state} ${parentPid} 1 1 0 -1 4194560 0 0 0 0 ${cpuTicks} 0 0 0 20 0 1 0 ${startTicks} 4096 ${rssPages} 18446744073709551615 1 1 0\n`,
    )
    mkdirSync(join(this.path, `${pid}/fd`), { recursive: true })
  }

  /** A descriptor held on its stat file gives nothing any more, as with the kernel's. */
  remove(pid: number): void {
    this.write(`${pid}/stat`, '')
    rmSync(join(this.path, `${pid}`), { recursive: true })
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#folder.remove()
  }
}
