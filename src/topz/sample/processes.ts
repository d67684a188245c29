import { closeSync, openSync, readSync } from 'node:fs'
import { openFileCount } from '#topz/procfs/fd.ts'
import type { Figure, Missing } from '#topz/procfs/missing.ts'
import { missingOf } from '#topz/procfs/missing.ts'
import { emptyStat, parseStat } from '#topz/procfs/stat.ts'
import type { Containers } from './containers.ts'
import type { Descriptors } from './descriptors.ts'
import { factsOf, membershipOf } from './facts.ts'
import type { Surroundings } from './machine.ts'
import type { Facts, SampledProcess } from './sample.ts'

/** What is kept of a process between samples. */
interface Known {
  readonly pid: number
  readonly key: string
  readonly startTicks: number
  /** On its stat file, -1 when none is kept. It stays bound to this very process. */
  descriptor: number
  nameHash: number
  facts: Facts
  sightings: number
  exiting: boolean
  round: number
}

export interface ProcessesOptions {
  readonly procRoot: string
  readonly surroundings: Surroundings
  readonly descriptors: Descriptors
  readonly containers: Containers
  readonly monotonicMs: () => number
  readonly openFiles: boolean
}

/** For whoever needs one now, and some to come. */
const surrenderedAtOnce = 32

/** Longer than any stat line up to its last field that counts. */
const buffer = Buffer.allocUnsafe(1024)
const fields = emptyStat()

/** Reads processes, one by one, again and again. Written for the machine: bench/sample.ts guards it. */
export class Processes {
  readonly #options: ProcessesOptions
  readonly #known = new Map<number, Known>()
  #round = 0
  #readAtMs = 0

  constructor(options: ProcessesOptions) {
    this.#options = options
    options.descriptors.onShortage(() => this.#surrenderSome())
  }

  begin(): void {
    this.#round++
  }

  /** @returns null when it ended. Never throws for a process that ends or hides. */
  read(pid: number): SampledProcess | null {
    const known = this.#known.get(pid)
    if (known !== undefined && known.descriptor >= 0) {
      const length = readKept(known.descriptor)
      this.#readAtMs = this.#options.monotonicMs()
      if (length > 0 && parseStat(buffer, length, fields)) return this.#again(known)
      this.#forget(known) // ended; whoever has the PID now is another
    }
    const folder = `${this.#options.procRoot}/${pid}`
    let descriptor = -1
    try {
      descriptor = this.#options.descriptors.open(`${folder}/stat`)
      const length = descriptor >= 0 ? readAt(descriptor) : readOnce(`${folder}/stat`)
      this.#readAtMs = this.#options.monotonicMs()
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
      const alive = known.descriptor >= 0 ? this.read(known.pid) : null
      if (alive === null) this.#forget(known)
      else unlisted.push(alive)
    }
    return unlisted
  }

  close(): void {
    for (const known of this.#known.values()) this.#forget(known)
  }

  #first(pid: number, descriptor: number, before: Known | undefined): SampledProcess {
    const startTicks = fields.startTicks
    const sameStart = before?.startTicks === startTicks
    if (before !== undefined && sameStart && before.descriptor < 0) {
      before.descriptor = descriptor // there may be room now
      return this.#again(before)
    }
    const folder = `${this.#options.procRoot}/${pid}`
    const known: Known = {
      pid,
      // started in the same clock tick as the one before it: only the descriptor told them apart
      key: before !== undefined && sameStart ? `${before.key}.2` : `${pid}.${startTicks}`,
      startTicks,
      descriptor,
      nameHash: nameHash(),
      facts: this.#facts(folder, null),
      sightings: 1,
      exiting: fields.exiting,
      round: this.#round,
    }
    this.#known.set(pid, known)
    return this.#sampled(known)
  }

  #again(known: Known): SampledProcess {
    known.round = this.#round
    known.sightings++
    known.exiting = fields.exiting
    const hash = nameHash()
    // at first sight it may just have been forked: user, arguments and container come a moment later
    if (hash !== known.nameHash || known.sightings === 2) {
      known.nameHash = hash
      known.facts = this.#facts(`${this.#options.procRoot}/${known.pid}`, known.facts)
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

  #sampled(known: Known): SampledProcess {
    const { surroundings, containers } = this.#options
    containers.count(known.facts.container, known)
    return {
      key: known.key,
      pid: known.pid,
      readAtMs: this.#readAtMs,
      counters: {
        state: String.fromCharCode(fields.state),
        parentPid: fields.parentPid,
        threads: fields.threads,
        cpuSeconds: fields.cpuTicks / surroundings.ticksPerSecond,
        childCpuSeconds: 0,
        startSeconds: fields.startTicks / surroundings.ticksPerSecond,
        rssBytes: fields.rssPages * surroundings.pageBytes,
      },
      openFiles: this.#openFiles(known.pid),
      waitSeconds: 'not-offered',
      diskReadBytes: 'not-offered',
      diskWrittenBytes: 'not-offered',
      facts: known.facts,
    }
  }

  #hidden(pid: number, folder: string, reason: Missing): SampledProcess {
    const container = this.#options.containers.admit(membershipOf(folder), null)
    const facts = factsOf(folder, { name: '', container, before: null })
    const key = `${pid}.0`
    this.#options.containers.count(container, { pid, key, facts, exiting: false })
    return {
      key,
      pid,
      readAtMs: this.#options.monotonicMs(),
      counters: reason,
      openFiles: this.#openFiles(pid),
      waitSeconds: 'not-offered',
      diskReadBytes: 'not-offered',
      diskWrittenBytes: 'not-offered',
      facts,
    }
  }

  #openFiles(pid: number): Figure {
    if (!this.#options.openFiles || !this.#options.surroundings.countsOpenFiles)
      return 'not-offered'
    try {
      return openFileCount(`${this.#options.procRoot}/${pid}`)
    } catch (error) {
      return missingOf(error, 'ended')
    }
  }

  #surrenderSome(): void {
    let left = surrenderedAtOnce
    for (const known of this.#known.values()) {
      if (known.descriptor < 0) continue
      this.#options.descriptors.surrender(known.descriptor)
      known.descriptor = -1
      if (--left === 0) return
    }
  }

  #forget(known: Known): void {
    // once only: the number of a closed descriptor may be somebody else's by now
    if (this.#known.get(known.pid) !== known) return
    this.#known.delete(known.pid)
    if (known.descriptor >= 0) this.#options.descriptors.close(known.descriptor)
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
