import { versionOf } from '#topz/cgroupfs/directories.ts'
import type { CgroupFigures } from '#topz/cgroupfs/figures.ts'
import { grownBy, noFigures } from '#topz/cgroupfs/figures.ts'
import type { Mount } from '#topz/procfs/mountinfo.ts'
import { kubeletMountOf, parseMountinfo } from '#topz/procfs/mountinfo.ts'
import { parsePasswd } from '#topz/procfs/passwd.ts'
import { readText } from '#topz/procfs/read-file.ts'
import { CgroupFiles } from './cgroup-files.ts'
import type { Descriptors } from './descriptors.ts'
import type { Membership } from './facts.ts'
import { membershipOf } from './facts.ts'
import type { FileChanges } from './file-changes.ts'
import type { Limits } from './limits.ts'
import { withLimits } from './limits.ts'
import type { Facts, SampledContainer } from './sample.ts'

/** A process through which a container may be looked at. */
export interface Member {
  readonly pid: number
  readonly key: string
  readonly facts: Facts
  /** A zombie, or nearly: it counts, but leads nowhere any more. */
  readonly exiting: boolean
}

/** What all of them are looked at with. */
export interface SeenContainerOptions {
  readonly procRoot: string
  readonly descriptors: Descriptors
  readonly changes: FileChanges
  /** Told when the kernel has killed for memory, at once. */
  readonly onOomKill: () => void
  readonly monotonicMs: () => number
  /** Our own mounts: where they hold all control groups, none is hidden. */
  readonly ownMounts: () => readonly Mount[]
  /** By the container's name. */
  readonly limits: ReadonlyMap<string, Limits>
}

/** Enough: rights differ by user, and a container has few of them. */
const attemptsPerSample = 3

const maxTried = 1000

/** Among those through whom was looked. */
const ourselves = 'self'

/**
 * At which samples of a container its mounts and groups are read: at first a runtime may still be
 * setting its first process up, on v1 in one hierarchy after the other.
 */
const mountSamples: readonly number[] = [1, 2, 10]

/** One container from its first process to its last, and where its figures are. */
export class SeenContainer {
  /** Those of this sample that live. */
  readonly members: Member[] = []
  /** Those of this sample, dead ones too. */
  count = 0
  podUid: string | null
  mounts: readonly Mount[] = []
  #membership: Membership
  readonly #options: SeenContainerOptions
  /** Through whom was looked already, with the uid of then. */
  readonly #tried = new Set<string>()
  #files: CgroupFiles | null = null
  #name: string | null = null
  #users: ReadonlyMap<number, string> | null = null
  #samples = 0
  #last: SampledContainer | null = null

  constructor(membership: Membership, options: SeenContainerOptions) {
    this.#membership = membership
    this.#options = options
    this.podUid = membership.podUid
  }

  /** @param wholeMachine Its group is the machine's own, which is no container's. */
  sample({ own, wholeMachine }: { own: boolean; wholeMachine: boolean }): SampledContainer {
    this.#samples++
    if (mountSamples.includes(this.#samples) || this.mounts.length === 0) this.#readMounts()
    if (!wholeMachine) this.#openWhereNeeded()
    const readAtMs = this.#options.monotonicMs()
    const read = this.#files?.figures() ?? noFigures('not-offered')
    const limits = this.#name === null ? undefined : this.#options.limits.get(this.#name)
    const { figures, from } = withLimits(read, limits)
    this.#last = {
      key: this.#membership.key,
      name: this.#name,
      own,
      readAtMs,
      figures,
      users: this.#users,
      limitsFrom: from,
    }
    return this.#last
  }

  /** Lets go of it. @returns What it was last; null when no sample has had it. */
  end(): SampledContainer | null {
    if (this.#files !== null) this.#grow(this.#files.figures())
    this.close()
    return this.#last
  }

  close(): void {
    this.#files?.close()
    this.#files = null
  }

  #grow(later: CgroupFigures): void {
    if (this.#last === null) return
    const { oomKills } = this.#last.figures
    this.#last = { ...this.#last, figures: grownBy(this.#last.figures, later) }
    if (this.#last.figures.oomKills !== oomKills) this.#options.onOomKill()
  }

  #readMounts(): void {
    for (const member of this.members.slice(0, attemptsPerSample)) {
      try {
        const mounts = parseMountinfo(readText(`${this.#folder(member)}/mountinfo`, 1 << 20))
        const membership = membershipOf(this.#folder(member))
        if (membership.key !== this.#membership.key) continue
        this.mounts = mounts
        this.#settle(membership)
      } catch {
        continue // ended: another may tell
      }
      const kubelet = kubeletMountOf(this.mounts)
      this.#name = kubelet?.containerName ?? this.#name
      this.podUid = kubelet?.podUid ?? this.podUid
      return
    }
  }

  /** Its files are others when it is in other groups than it was. */
  #settle(membership: Membership): void {
    this.#tried.clear()
    if (Bun.deepEquals(membership.lines, this.#membership.lines)) return
    this.#membership = membership
    this.close()
  }

  #openWhereNeeded(): void {
    if (this.#files?.isOpen === true && this.#files.isKept) return
    // of those that came and went there can be any number
    if (this.#files?.isKept === false || this.#tried.size > maxTried) this.#tried.clear()
    if (this.mounts.length > 0) this.#openThroughMembers()
    const ownMounts = this.#options.ownMounts()
    if (this.#files?.isOpen === true || ownMounts.length === 0 || this.#tried.has(ourselves)) return
    this.#tried.add(ourselves)
    this.#take(this.#filesAt(`${this.#options.procRoot}/self/root`, ownMounts))
  }

  /** The files of a container are open to a sidecar of the same user as one of its processes. */
  #openThroughMembers(): void {
    let attempts = 0
    for (const member of this.members) {
      const token = `${member.key}:${member.facts.uid}`
      if (this.#tried.has(token)) continue
      if (++attempts > attemptsPerSample) return
      this.#tried.add(token)
      const processRoot = `${this.#folder(member)}/root`
      const files = this.#filesAt(processRoot, this.mounts)
      const users = this.#users ?? usersOf(processRoot)
      if (this.#isStillHere(member)) {
        this.#users = users
        this.#take(files)
        if (files.isOpen) return
      } else files.close()
    }
  }

  #filesAt(processRoot: string, mounts: readonly Mount[]): CgroupFiles {
    const { lines } = this.#membership
    const { descriptors } = this.#options
    return new CgroupFiles({ version: versionOf(lines), lines, mounts, processRoot, descriptors })
  }

  /** One that ended meanwhile says nothing, so it does not replace a reason. */
  #take(files: CgroupFiles): void {
    if (!files.isOpen && !files.isHidden && this.#files !== null) return
    this.close()
    this.#files = files
    files.watch(this.#options.changes, (later) => this.#grow(later))
  }

  /** Asked after looking: the PID may have been taken again by another container's process. */
  #isStillHere(member: Member): boolean {
    return membershipOf(this.#folder(member)).key === this.#membership.key
  }

  #folder(member: Member): string {
    return `${this.#options.procRoot}/${member.pid}`
  }
}

function usersOf(processRoot: string): ReadonlyMap<number, string> | null {
  try {
    return parsePasswd(readText(`${processRoot}/etc/passwd`, 1 << 20))
  } catch {
    return null
  }
}
