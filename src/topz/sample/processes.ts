import type { Clock } from '#kit/clock.ts'
import type { Missing } from '#topz/procfs/missing.ts'
import { missingOf } from '#topz/procfs/missing.ts'
import { emptyStat, parseStat } from '#topz/procfs/stat.ts'
import { CommandLines } from './command-lines.ts'
import type { Containers } from './containers.ts'
import { areSame, countersOf, isAsleep } from './counters.ts'
import type { Descriptors } from './descriptors.ts'
import { Extras } from './extras.ts'
import { factsOf, membershipOf, withArguments } from './facts.ts'
import type { KnownProcess } from './known-process.ts'
import type { Surroundings } from './machine.ts'
import type { Parts } from './parts.ts'
import { noParts } from './parts.ts'
import type { Facts, SampledProcess } from './sample.ts'
import { statBytes as buffer, readAt, readKept, readOnce } from './stat-bytes.ts'

export interface ProcessesOptions {
  readonly procRoot: string
  readonly surroundings: Surroundings
  readonly descriptors: Descriptors
  readonly containers: Containers
  readonly clock: Pick<Clock, 'monotonicMs' | 'sleep'>
}

/** For whoever needs one now, and some to come. */
const surrenderedAtOnce = 32

/** Of one that sleeps, how many samples in a row may show its counters as they were, and how old. */
const mostTakenOver = 4
const oldestMs = 5000

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
    if (!parts.openFiles && this.#parts.openFiles) {
      for (const known of this.#known.values()) this.#extras.dropFiles(known)
    }
    this.#round++
    this.#parts = parts
    this.#answered = false
  }

  /** @returns null when it ended. Never throws for a process that ends or hides. */
  read(pid: number): SampledProcess | null {
    const known = this.#known.get(pid)
    if (known !== undefined && known.stat >= 0) {
      if ((known.asleep || this.#parts.waiting) && this.#holds(known)) return this.#sampled(known)
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

  /**
   * Whether its counters are what they were, told by a file that is five times cheaper than `stat`.
   * What others can do to one that sleeps, take its memory or end its parent, is not missed for long.
   */
  #holds(known: KnownProcess): boolean {
    const hasNotRun = this.#extras.hasNotRun(known, this.#round)
    this.#readAtMs = this.#options.clock.monotonicMs()
    const holds =
      hasNotRun &&
      known.asleep &&
      known.takenOver < mostTakenOver &&
      this.#readAtMs - known.countedAtMs < oldestMs &&
      !this.#isOrphan(known)
    if (holds) known.takenOver++
    return holds
  }

  /** Told at once when its parent is listed before it; a sample later when PIDs began anew. */
  #isOrphan({ pid, parent, counters }: KnownProcess): boolean {
    if (this.#known.get(counters.parentPid) !== parent) return true
    return parent !== undefined && parent.pid < pid && parent.round !== this.#round
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
      counters: countersOf(fields, this.#options.surroundings),
      parent: undefined,
      countedAtMs: 0,
      takenOver: 0,
      asleep: false,
      schedule: { ranNs: 0, waitNs: 0, turns: -1 },
      scheduleRound: 0,
      sightings: 1,
      exiting: fields.exiting,
      round: 0,
    }
    this.#known.set(pid, known)
    this.#count(known)
    this.#commandLines.ask(known)
    return this.#sampled(known)
  }

  #again(known: KnownProcess): SampledProcess {
    known.exiting = fields.exiting
    this.#count(known)
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

  /** Keeps what was read; the same object when nothing in it is new. */
  #count(known: KnownProcess): void {
    const { surroundings } = this.#options
    const isSame = known.sightings > 1 && areSame(known.counters, fields, surroundings)
    if (!isSame) known.counters = countersOf(fields, surroundings)
    known.parent = this.#known.get(fields.parentPid)
    known.countedAtMs = this.#readAtMs
    // not all of them anew in the same sample
    known.takenOver = known.asleep ? 0 : known.pid % mostTakenOver
    known.asleep = isSame && isAsleep(fields)
  }

  #sampled(known: KnownProcess): SampledProcess {
    const { containers } = this.#options
    known.round = this.#round
    const { openFiles, waiting, disk } = this.#parts
    containers.count(known.facts.container, known)
    const moved = disk ? this.#extras.disk(known) : 'not-asked'
    return {
      key: known.key,
      pid: known.pid,
      readAtMs: this.#readAtMs,
      counters: known.counters,
      openFiles: openFiles ? this.#extras.openFiles(known) : 'not-asked',
      waitSeconds: waiting ? this.#extras.waitSeconds(known, this.#round) : 'not-asked',
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

/** FNV-1a over the name's bytes: tells a changed name without making a string. */
function nameHash(): number {
  let hash = 0x811c9dc5
  for (let at = fields.nameStart; at < fields.nameEnd; at++) {
    hash = Math.imul(hash ^ (buffer[at] ?? 0), 0x01000193)
  }
  return hash
}
