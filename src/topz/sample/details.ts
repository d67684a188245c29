import { closeSync, openSync, read, readdirSync, readlinkSync } from 'node:fs'
import type { Clock } from '#kit/clock.ts'
import type { FileKind } from '#topz/procfs/file-kind.ts'
import { fileKindOf } from '#topz/procfs/file-kind.ts'
import type { ResourceLimit } from '#topz/procfs/limits.ts'
import { parseLimits } from '#topz/procfs/limits.ts'
import type { Figure, Missing } from '#topz/procfs/missing.ts'
import { missingOf } from '#topz/procfs/missing.ts'
import { readBytes, readText, readWithoutWaiting } from '#topz/procfs/read-file.ts'
import { parseSchedstat } from '#topz/procfs/schedstat.ts'
import type { ExactMemory } from '#topz/procfs/smaps-rollup.ts'
import { parseSmapsRollup } from '#topz/procfs/smaps-rollup.ts'
import { emptyStat, parseStat } from '#topz/procfs/stat.ts'
import type { Surroundings } from './machine.ts'

export interface Thread {
  readonly tid: number
  readonly name: string
  /** As `Counters.state`. */
  readonly state: string
  readonly cpuSeconds: number
  readonly waitSeconds: Figure
}

/** What is read of one process when somebody asks for it. Each part is there, or why it is not. */
export interface Details {
  readonly memory: (ExactMemory & { readonly tookMs: number }) | Missing
  /** At most `mostThreads` of them, the first ones. */
  readonly threads: readonly Thread[] | Missing
  readonly openFiles: Readonly<Partial<Record<FileKind, number>>> | Missing
  readonly limits: readonly ResourceLimit[] | Missing
  /** `NAME=VALUE` each, secrets included; null when it was not asked for. */
  readonly environment: readonly string[] | Missing | null
}

/** Of whom more is read: what any row of the table has. */
export interface DetailedProcess {
  /** `SampledProcess.key`: when it started is in it. */
  readonly key: string
  readonly pid: number
  readonly rssBytes: number | null
}

export interface DetailsOptions {
  readonly procRoot: string
  readonly surroundings: Surroundings
  readonly clock: Pick<Clock, 'monotonicMs' | 'sleep'>
}

export const mostThreads = 256
const mostFiles = 4096
const mostEnvironmentBytes = 64 * 1024

/** Beyond it, counting takes so long (a second for some 50 GiB) that the process would notice. */
const mostCountedBytes = 16 * 2 ** 30

const patienceMs = 2000

/**
 * Reads more of one process at a time. What needs a lock of the process is read on another thread,
 * one file at a time: while one is not answered, no other is asked for.
 */
export class DetailsReader {
  readonly #options: DetailsOptions
  #locked = false

  constructor(options: DetailsOptions) {
    this.#options = options
  }

  /** @returns null when it has ended meanwhile. Never throws. */
  async read(
    { key, pid, rssBytes }: DetailedProcess,
    { environment = false } = {},
  ): Promise<Details | null> {
    const folder = `${this.#options.procRoot}/${pid}`
    if (!isStill(folder, key)) return null
    const tooLarge = rssBytes !== null && rssBytes > mostCountedBytes
    const details = {
      threads: partOf(() => this.#threads(folder)),
      openFiles: partOf(() => openFilesOf(folder)),
      limits: partOf(() => parseLimits(readText(`${folder}/limits`, 8192))),
      memory: tooLarge ? ('too-many' as const) : await this.#memory(folder),
      environment: environment ? await this.#environment(folder) : null,
    }
    // all of it was read by its PID, which may be another's by now
    return isStill(folder, key) ? details : null
  }

  async #memory(folder: string): Promise<Details['memory']> {
    const beganMs = this.#options.clock.monotonicMs()
    const bytes = await this.#readElsewhere(`${folder}/smaps_rollup`, 8192)
    if (typeof bytes === 'string') return bytes
    const memory = parseSmapsRollup(bytes.toString())
    if (memory === null) return 'not-offered'
    return { ...memory, tookMs: this.#options.clock.monotonicMs() - beganMs }
  }

  async #environment(folder: string): Promise<readonly string[] | Missing> {
    const bytes = await this.#readElsewhere(`${folder}/environ`, mostEnvironmentBytes)
    return typeof bytes === 'string'
      ? bytes
      : bytes
          .toString()
          .split('\0')
          .filter((entry) => entry !== '')
  }

  #threads(folder: string): Thread[] {
    const threads: Thread[] = []
    const fields = emptyStat()
    for (const tid of readdirSync(`${folder}/task`).slice(0, mostThreads)) {
      const stat = partOf(() => readBytes(`${folder}/task/${tid}/stat`, 1024))
      if (typeof stat === 'string' || !parseStat(stat, stat.length, fields)) continue
      threads.push({
        tid: Number(tid),
        name: stat.toString('utf8', fields.nameStart, fields.nameEnd),
        state: String.fromCharCode(fields.state),
        cpuSeconds: fields.cpuTicks / this.#options.surroundings.ticksPerSecond,
        waitSeconds: this.#options.surroundings.tellsWaiting
          ? partOf(() => waitSecondsOf(`${folder}/task/${tid}`))
          : 'not-offered',
      })
    }
    return threads
  }

  async #readElsewhere(path: string, maxBytes: number): Promise<Buffer | Missing> {
    if (this.#locked) return 'not-answered'
    let descriptor: number
    try {
      descriptor = openSync(path, readWithoutWaiting)
    } catch (error) {
      return missingOf(error, 'ended')
    }
    this.#locked = true
    const answered = new AbortController()
    const buffer = Buffer.allocUnsafe(maxBytes)
    let answer: Buffer | Missing = 'not-answered'
    read(descriptor, buffer, 0, maxBytes, 0, (error, length) => {
      closeSync(descriptor)
      this.#locked = false
      answer = error === null ? buffer.subarray(0, length) : missingOf(error, 'ended')
      answered.abort()
    })
    await this.#options.clock.sleep(patienceMs, answered.signal)
    return answer
  }
}

/** Whether the PID is still that of the process; of one whose start the kernel hides nobody can tell. */
function isStill(folder: string, key: string): boolean {
  const stat = partOf(() => readBytes(`${folder}/stat`, 1024))
  if (typeof stat === 'string') return stat !== 'ended'
  const startTicks = Number(key.split('.')[1])
  if (startTicks === 0) return true
  const fields = emptyStat()
  return parseStat(stat, stat.length, fields) && fields.startTicks === startTicks
}

function waitSecondsOf(folder: string): number {
  const bytes = readBytes(`${folder}/schedstat`, 256)
  const schedule = { ranNs: 0, waitNs: 0, turns: 0 }
  parseSchedstat(bytes, bytes.length, schedule)
  return schedule.waitNs / 1e9
}

function openFilesOf(folder: string): Partial<Record<FileKind, number>> {
  const kinds: Partial<Record<FileKind, number>> = {}
  for (const fd of readdirSync(`${folder}/fd`).slice(0, mostFiles)) {
    const link = partOf(() => readlinkSync(`${folder}/fd/${fd}`))
    if (link === 'ended') continue // closed meanwhile
    const kind = fileKindOf(link)
    kinds[kind] = (kinds[kind] ?? 0) + 1
  }
  return kinds
}

function partOf<T>(readPart: () => T): T | Missing {
  try {
    return readPart()
  } catch (error) {
    return missingOf(error, 'ended')
  }
}
