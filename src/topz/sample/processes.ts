import { closeSync, openSync, readSync } from 'node:fs'
import type { Clock } from '#kit/clock.ts'
import type { Missing } from '#topz/procfs/missing.ts'
import { missingOf } from '#topz/procfs/missing.ts'
import { emptyStat, parseStat } from '#topz/procfs/stat.ts'
import { CommandLines } from './command-lines.ts'
import type { Containers } from './containers.ts'
import type { Descriptors } from './descriptors.ts'
import { Extras } from './extras.ts'
import { factsOf, membershipOf, withArguments } from './facts.ts'
import type { KnownProcess } from './known-process.ts'
import type { Surroundings } from './machine.ts'
import type { Parts } from './parts.ts'
import { noParts } from './parts.ts'
import type { Facts, SampledProcess } from './sample.ts'

export interface ProcessesOptions {
  readonly procRoot: string
  readonly surroundings: Surroundings
  readonly descriptors: Descriptors
  readonly containers: Containers
  readonly clock: Pick<Clock, 'monotonicMs' | 'sleep'>
}

/** For whoever needs one now, and some to come. */
const surrenderedAtOnce = 32

/** Longer than any stat line up to its last field that counts. */
const buffer = Buffer.allocUnsafe(1024)
const fields = emptyStat()

/** Reads processes, one by one, again and again. Written for the machine: bench/rows/topz-sample.ts guards it. */
export class Processes {
  readonly #options: ProcessesOptions
  readonly #known = new Map<number, KnownProcess>()
  readonly #extras: Extras
  readonly #commandLines: CommandLines
  #parts: Parts = noParts
  #round = 0
  #readAtMs = 0
  /** Whether arguments came after the sample that their process was in. */
  #answered = false

  constructor(options: ProcessesOptions) {
    const { procRoot, clock } = options
    this.#options = options
    this.#extras = new Extras(options)
    this.#commandLines = new CommandLines({
      procRoot,
      sleep: (ms, signal) => clock.sleep(ms, signal),
      lives: (process) => this.#lives(process),
      onAnswer: (process, answer) => {
        process.facts = withArguments(process.facts, answer)
        this.#answered = true
      },
    })
    options.descriptors.onShortage(() => this.#surrenderSome())
  }

  begin(parts: Parts): void {
    if (!parts.openFiles && !parts.waiting && (this.#parts.openFiles || this.#parts.waiting)) {
      for (const known of this.#known.values()) this.#extras.drop(known)
    }
    this.#round++
    this.#parts = parts
    this.#answered = false
  }

  /** @returns null when it ended. Never throws for a process that ends or hides. */
  read(pid: number): SampledProcess | null {
    const known = this.#known.get(pid)
    if (known !== undefined && known.stat >= 0) {
      const length = readKept(known.stat)
      this.#readAtMs = this.#options.clock.monotonicMs()
      if (length > 0 && parseStat(buffer, length, fields)) return this.#again(known)
      this.#forget(known) // ended; whoever has the PID now is another
    }
    const folder = `${this.#options.procRoot}/${pid}`
    let descriptor = -1
    try {
      descriptor = this.#options.descriptors.open(`${folder}/stat`)
      const length = descriptor >= 0 ? readAt(descriptor) : readOnce(`${folder}/stat`)
      this.#readAtMs = this.#options.clock.monotonicMs()
      if (length > 0 && parseStat(buffer, length, fields))
        return this.#first(pid, descriptor, known)
      if (descriptor >= 0) this.#options.descriptors.close(descriptor)
      return length > 0 ? this.#hidden(pid, folder, 'not-offered') : null
    } catch (error) {
      if (descriptor >= 0) this.#options.descriptors.close(descriptor)
      const missing = missingOf(error, 'ended')
      return missing === 'ended' ? null : this.#hidden(pid, folder, missing)
    }
  }

  /** Lets go of those that ended. @returns Those that the listing lacked, yet live. */
  end(): SampledProcess[] {
    const unlisted: SampledProcess[] = []
    for (const known of this.#known.values()) {
      if (known.round === this.#round) continue
      const alive = known.stat >= 0 ? this.read(known.pid) : null
      if (alive === null) this.#forget(known)
      else unlisted.push(alive)
    }
    this.#commandLines.start()
    return unlisted
  }

  /** The processes of the newest sample with the arguments that come within a bounded moment. */
  async settled(processes: readonly SampledProcess[]): Promise<readonly SampledProcess[]> {
    await this.#commandLines.settled()
    if (!this.#answered) return processes
    return processes.map((process) => {
      const known = this.#known.get(process.pid)
      const facts = known?.key === process.key ? known.facts : process.facts
      return facts === process.facts ? process : { ...process, facts }
    })
  }

  close(): void {
    this.#commandLines.close()
    for (const known of this.#known.values()) this.#forget(known)
  }

  #first(pid: number, descriptor: number, before: KnownProcess | undefined): SampledProcess {
    const startTicks = fields.startTicks
    const sameStart = before?.startTicks === startTicks
    if (before !== undefined && sameStart && before.stat < 0) {
      before.stat = descriptor // there may be room now
      return this.#again(before)
    }
    const folder = `${this.#options.procRoot}/${pid}`
    const known: KnownProcess = {
      pid,
      // started in the same clock tick as the one before it: only the descriptor told them apart
      key: before !== undefined && sameStart ? `${before.key}.2` : `${pid}.${startTicks}`,
      startTicks,
      stat: descriptor,
      schedstat: -1,
      files: -1,
      noDisk: null,
      nameHash: nameHash(),
      facts: this.#facts(folder, null),
      sightings: 1,
      exiting: fields.exiting,
      round: this.#round,
    }
    this.#known.set(pid, known)
    this.#commandLines.ask(known)
    return this.#sampled(known)
  }

  #again(known: KnownProcess): SampledProcess {
    known.round = this.#round
    known.exiting = fields.exiting
    const hash = nameHash()
    // at first sight it may just have been forked: user, arguments and container come a moment later
    if (hash !== known.nameHash || known.sightings === 1) {
      known.nameHash = hash
      known.sightings = 2
      known.noDisk = null
      known.facts = this.#facts(`${this.#options.procRoot}/${known.pid}`, known.facts)
      this.#commandLines.ask(known)
    }
    return this.#sampled(known)
  }

  #facts(folder: string, before: Facts | null): Facts {
    const name = buffer.toString('utf8', fields.nameStart, fields.nameEnd)
    const membership = membershipOf(folder)
    // one that ended before this could be read was, most likely, where its parent is
    const near = before ?? this.#known.get(fields.parentPid)?.facts
    const container = this.#options.containers.admit(membership, near?.container ?? null)
    return factsOf(folder, { name, container, before })
  }

  #sampled(known: KnownProcess): SampledProcess {
    const { surroundings, containers } = this.#options
    const { openFiles, waiting, disk } = this.#parts
    containers.count(known.facts.container, known)
    const moved = disk ? this.#extras.disk(known) : 'not-asked'
    return {
      key: known.key,
      pid: known.pid,
      readAtMs: this.#readAtMs,
      counters: {
        state: String.fromCharCode(fields.state),
        parentPid: fields.parentPid,
        threads: fields.threads,
        cpuSeconds: fields.cpuTicks / surroundings.ticksPerSecond,
        childCpuSeconds: fields.childCpuTicks / surroundings.ticksPerSecond,
        startSeconds: fields.startTicks / surroundings.ticksPerSecond,
        rssBytes: fields.rssPages * surroundings.pageBytes,
      },
      openFiles: openFiles ? this.#extras.openFiles(known) : 'not-asked',
      waitSeconds: waiting ? this.#extras.waitSeconds(known) : 'not-asked',
      diskReadBytes: typeof moved === 'string' ? moved : moved.readBytes,
      diskWrittenBytes: typeof moved === 'string' ? moved : moved.writtenBytes,
      facts: known.facts,
    }
  }

  #hidden(pid: number, folder: string, reason: Missing): SampledProcess {
    const container = this.#options.containers.admit(membershipOf(folder), null)
    const found = factsOf(folder, { name: '', container, before: null })
    const facts = { ...found, argsMissing: reason }
    const key = `${pid}.0`
    this.#options.containers.count(container, { pid, key, facts, exiting: false })
    return {
      key,
      pid,
      readAtMs: this.#options.clock.monotonicMs(),
      counters: reason,
      openFiles: reason,
      waitSeconds: reason,
      diskReadBytes: reason,
      diskWrittenBytes: reason,
      facts,
    }
  }

  #lives(known: KnownProcess): boolean {
    if (this.#known.get(known.pid) !== known) return false
    if (known.stat >= 0) return readKept(known.stat) > 0
    const length = readOnce(`${this.#options.procRoot}/${known.pid}/stat`)
    return parseStat(buffer, length, fields) && fields.startTicks === known.startTicks
  }

  #surrenderSome(): void {
    let left = surrenderedAtOnce
    for (const known of this.#known.values()) {
      for (const file of ['files', 'schedstat', 'stat'] as const) {
        if (known[file] < 0) continue
        this.#options.descriptors.surrender(known[file])
        known[file] = -1
        if (--left === 0) return
      }
    }
  }

  #forget(known: KnownProcess): void {
    // once only: the number of a closed descriptor may be somebody else's by now
    if (this.#known.get(known.pid) !== known) return
    this.#known.delete(known.pid)
    this.#commandLines.forget(known)
    this.#extras.drop(known)
    if (known.stat >= 0) this.#options.descriptors.close(known.stat)
  }
}

function readAt(descriptor: number): number {
  return readSync(descriptor, buffer, 0, buffer.length, 0)
}

/** As `readAt`; 0 when the process ended (`ESRCH`). */
function readKept(descriptor: number): number {
  try {
    return readAt(descriptor)
  } catch {
    return 0
  }
}

function readOnce(path: string): number {
  const descriptor = openSync(path, 'r')
  try {
    return readAt(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

/** FNV-1a over the name's bytes: tells a changed name without making a string. */
function nameHash(): number {
  let hash = 0x811c9dc5
  for (let at = fields.nameStart; at < fields.nameEnd; at++) {
    hash = Math.imul(hash ^ (buffer[at] ?? 0), 0x01000193)
  }
  return hash
}
