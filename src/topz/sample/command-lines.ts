import { closeSync, openSync, read } from 'node:fs'
import type { Clock } from '#kit/clock.ts'
import type { Cmdline } from '#topz/procfs/cmdline.ts'
import { maxCmdlineBytes, parseCmdline } from '#topz/procfs/cmdline.ts'
import { readBytes, readWithoutWaiting } from '#topz/procfs/read-file.ts'
import { emptyStat, parseStat } from '#topz/procfs/stat.ts'
import type { KnownProcess } from './known-process.ts'

export interface CommandLinesOptions {
  readonly procRoot: string
  readonly sleep: Clock['sleep']
  /** Whether that process still lives, so that what was opened by its PID is its own. */
  readonly lives: (process: KnownProcess) => boolean
  /** Told of each answer; null when the kernel refuses one. */
  readonly onAnswer: (process: KnownProcess, answer: Cmdline | null) => void
}

/** How long a sample waits for arguments that it was the first to ask for. */
const patienceMs = 250

/** The kernel's letter D. */
const diskWait = 68
const stat = emptyStat()

/**
 * Reads arguments on other threads: for them the kernel needs a lock that a process can hold for as
 * long as it likes, while it waits for a file system that hangs. At most so many reads are under way
 * that one thread of the pool, which has two at least, is left to others; the rest waits its turn. A
 * process that waits for a disk is likely to hold that lock, and its read would keep all others
 * waiting: it is asked at a later sample, when it waits no more.
 */
export class CommandLines {
  readonly #options: CommandLinesOptions
  readonly #queue = new Set<KnownProcess>()
  readonly #underWay = new Set<KnownProcess>()
  /** Those that somebody may still wait for. */
  readonly #awaited = new Set<KnownProcess>()
  /** Those under way that somebody has waited for in vain. */
  readonly #late = new Set<KnownProcess>()
  /** One for each read that may be under way, and is not. */
  readonly #buffers: Buffer[]
  #onSettled: () => void = () => {}

  constructor(options: CommandLinesOptions) {
    this.#options = options
    const atOnce = Math.min(4, Math.max(1, navigator.hardwareConcurrency - 1))
    this.#buffers = Array.from({ length: atOnce }, () => Buffer.allocUnsafe(maxCmdlineBytes))
  }

  /** Asks for its arguments, at the next `start`. */
  ask(process: KnownProcess): void {
    this.#queue.add(process)
    this.#awaited.add(process)
  }

  /** It ended: nobody needs to know any more. */
  forget(process: KnownProcess): void {
    this.#queue.delete(process)
    this.#answered(process)
  }

  start(): void {
    for (const buffer of this.#buffers.splice(0)) this.#next(buffer)
  }

  /** Resolves when all answers are there, or after a bounded moment; nobody waits twice for one. */
  async settled(): Promise<void> {
    const hopeless = this.#buffers.length === 0 && this.#underWay.isSubsetOf(this.#late)
    if (this.#awaited.size > 0 && !hopeless) {
      const settled = new AbortController()
      this.#onSettled = () => settled.abort()
      await this.#options.sleep(patienceMs, settled.signal)
      if (!settled.signal.aborted) for (const process of this.#underWay) this.#late.add(process)
    }
    this.#awaited.clear()
  }

  /** Starts no more reads. Those under way end when the kernel answers. */
  close(): void {
    this.#queue.clear()
    this.#awaited.clear()
    this.#onSettled()
  }

  #next(buffer: Buffer): void {
    for (const process of this.#queue) {
      if (this.#waitsForDisk(process)) {
        this.#answered(process)
        continue
      }
      this.#queue.delete(process)
      const descriptor = this.#open(process)
      if (descriptor < 0) {
        this.#options.onAnswer(process, null)
        this.#answered(process)
        continue
      }
      this.#underWay.add(process)
      read(descriptor, buffer, 0, buffer.length, 0, (error, length) => {
        closeSync(descriptor)
        this.#underWay.delete(process)
        this.#late.delete(process)
        const answer = error === null ? parseCmdline(buffer.subarray(0, length)) : null
        this.#options.onAnswer(process, answer)
        this.#next(buffer)
        this.#answered(process)
      })
      return
    }
    this.#buffers.push(buffer)
  }

  #waitsForDisk({ pid }: KnownProcess): boolean {
    try {
      const bytes = readBytes(`${this.#options.procRoot}/${pid}/stat`, 1024)
      return parseStat(bytes, bytes.length, stat) && stat.state === diskWait
    } catch {
      return false
    }
  }

  /** -1 when it ended or cannot be opened. Opening needs no lock of the process. */
  #open(process: KnownProcess): number {
    let descriptor = -1
    try {
      descriptor = openSync(`${this.#options.procRoot}/${process.pid}/cmdline`, readWithoutWaiting)
      if (this.#options.lives(process)) return descriptor
    } catch {
      return -1
    }
    closeSync(descriptor)
    return -1
  }

  #answered(process: KnownProcess): void {
    if (this.#awaited.delete(process) && this.#awaited.size === 0) this.#onSettled()
  }
}
