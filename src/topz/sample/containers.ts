import { versionOf } from '#topz/cgroupfs/directories.ts'
import { noFigures } from '#topz/cgroupfs/figures.ts'
import type { Mount } from '#topz/procfs/mountinfo.ts'
import { kubeletMountOf, parseMountinfo } from '#topz/procfs/mountinfo.ts'
import { parsePasswd } from '#topz/procfs/passwd.ts'
import { readText } from '#topz/procfs/read-file.ts'
import { CgroupFiles } from './cgroup-files.ts'
import type { Descriptors } from './descriptors.ts'
import type { Membership } from './facts.ts'
import type { Surroundings } from './machine.ts'
import type { Facts, SampledContainer } from './sample.ts'

/** A process through which a container may be looked at. */
interface Member {
  readonly pid: number
  readonly key: string
  readonly facts: Facts
  /** A zombie, or nearly: it counts, but leads nowhere any more. */
  readonly exiting: boolean
}

interface Room {
  readonly membership: Membership
  /** Those of this sample that live. */
  readonly members: Member[]
  /** Those of this sample, dead ones too. */
  count: number
  /** Through whom was looked already, with the uid of then. */
  readonly tried: Set<string>
  files: CgroupFiles | null
  mounts: readonly Mount[]
  name: string | null
  podUid: string | null
  users: ReadonlyMap<number, string> | null
  samples: number
}

export interface ContainersOptions {
  readonly procRoot: string
  readonly surroundings: Surroundings
  readonly descriptors: Descriptors
  readonly monotonicMs: () => number
}

/** Enough: rights differ by user, and a container has few of them. */
const attemptsPerSample = 3

const maxTried = 1000

/** At which samples of a container its mounts are read: a first process may still be setting up. */
const mountSamples: readonly number[] = [1, 2, 10]

/** All containers that have a process, and where their figures are. */
export class Containers {
  readonly #options: ContainersOptions
  readonly #rooms = new Map<string, Room>()
  #ownKey: string | null = null

  constructor(options: ContainersOptions) {
    this.#options = options
  }

  get podUid(): string | null {
    for (const room of this.#rooms.values()) if (room.podUid !== null) return room.podUid
    return null
  }

  begin(): void {
    for (const room of this.#rooms.values()) {
      room.members.length = 0
      room.count = 0
    }
  }

  /** Makes the container known. A process that ended while it was read stays where it was. */
  admit(membership: Membership, before: string | null): string {
    if (membership.lines.length === 0 && before !== null) return before
    if (!this.#rooms.has(membership.key)) {
      this.#rooms.set(membership.key, {
        membership,
        members: [],
        count: 0,
        tried: new Set(),
        files: null,
        mounts: [],
        name: null,
        podUid: membership.podUid,
        users: null,
        samples: 0,
      })
    }
    return membership.key
  }

  /** Counts one process of this sample in. */
  count(key: string, member: Member): void {
    const room = this.#rooms.get(key)
    if (room === undefined) return
    room.count++
    if (member.pid === this.#options.surroundings.ownPid) {
      this.#ownKey = key
      room.members.unshift(member) // we may always look at ourselves
    } else if (!member.exiting) {
      room.members.push(member)
    }
  }

  /** Reads the figures of those that have a process, and lets go of the rest. */
  end(): SampledContainer[] {
    const sampled: SampledContainer[] = []
    for (const [key, room] of this.#rooms) {
      if (room.count === 0) {
        room.files?.close()
        this.#rooms.delete(key)
        continue
      }
      sampled.push(this.#sampled(key, room))
    }
    return sampled
  }

  close(): void {
    for (const room of this.#rooms.values()) room.files?.close()
    this.#rooms.clear()
  }

  #sampled(key: string, room: Room): SampledContainer {
    room.samples++
    const unsure = room.name === null && mountSamples.includes(room.samples)
    if (unsure || room.mounts.length === 0) this.#readMounts(room)
    // the machine's own root group would show the machine as if it were the container
    const wholeMachine = key === '/' && this.#options.surroundings.hostCgroups
    if (!wholeMachine && room.files?.isOpen !== true) this.#open(room)
    const readAtMs = this.#options.monotonicMs()
    const figures = wholeMachine
      ? noFigures('not-offered')
      : (room.files?.figures() ?? noFigures('not-offered'))
    return {
      key,
      name: room.name,
      own: key === this.#ownKey,
      readAtMs,
      figures,
      users: room.users,
      limitsFrom: 'cgroup',
    }
  }

  #readMounts(room: Room): void {
    for (const member of room.members.slice(0, attemptsPerSample)) {
      try {
        const path = `${this.#options.procRoot}/${member.pid}/mountinfo`
        room.mounts = parseMountinfo(readText(path, 1 << 20))
        room.tried.clear()
      } catch {
        continue // ended: another may tell
      }
      const kubelet = kubeletMountOf(room.mounts)
      room.name = kubelet?.containerName ?? null
      room.podUid = kubelet?.podUid ?? room.podUid
      return
    }
  }

  /** The files of a container are open to a sidecar of the same user as one of its processes. */
  #open(room: Room): void {
    if (room.mounts.length === 0) return
    // of those that came and went there can be any number
    if (room.tried.size > maxTried) room.tried.clear()
    let attempts = 0
    for (const member of room.members) {
      const token = `${member.key}:${member.facts.uid}`
      if (room.tried.has(token)) continue
      if (++attempts > attemptsPerSample) return
      room.tried.add(token)
      const processRoot = `${this.#options.procRoot}/${member.pid}/root`
      const files = new CgroupFiles({
        version: versionOf(room.membership.lines),
        lines: room.membership.lines,
        mounts: room.mounts,
        processRoot,
        descriptors: this.#options.descriptors,
      })
      room.users ??= usersOf(processRoot)
      // one that ended meanwhile says nothing, so it does not replace a reason
      if (files.isOpen || files.isHidden || room.files === null) room.files = files
      if (files.isOpen) return
    }
  }
}

function usersOf(processRoot: string): ReadonlyMap<number, string> | null {
  try {
    return parsePasswd(readText(`${processRoot}/etc/passwd`, 1 << 20))
  } catch {
    return null
  }
}
