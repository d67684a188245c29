import type { Descriptors } from './descriptors.ts'
import type { Membership } from './facts.ts'
import { FileChanges } from './file-changes.ts'
import type { Limits } from './limits.ts'
import type { Surroundings } from './machine.ts'
import type { SampledContainer } from './sample.ts'
import type { Member } from './seen-container.ts'
import { SeenContainer } from './seen-container.ts'

export interface ContainersOptions {
  readonly procRoot: string
  readonly surroundings: Surroundings
  readonly descriptors: Descriptors
  readonly monotonicMs: () => number
  /** Limits by the container's name, for those whose control group is hidden. */
  readonly limits?: ReadonlyMap<string, Limits>
  /** Told when the kernel has killed for memory in one of them, also between samples. */
  readonly onOomKill?: () => void
}

/** All containers that have a process. */
export class Containers {
  readonly #options: ContainersOptions
  readonly #seen = new Map<string, SeenContainer>()
  readonly #changes = new FileChanges()
  #ownKey: string | null = null

  constructor(options: ContainersOptions) {
    this.#options = options
  }

  /** Our own pod's, else that of any: on a node that shows several they differ. */
  get podUid(): string | null {
    const own = this.#own?.podUid ?? null
    if (own !== null) return own
    for (const { podUid } of this.#seen.values()) if (podUid !== null) return podUid
    return null
  }

  begin(): void {
    for (const container of this.#seen.values()) {
      container.members.length = 0
      container.count = 0
    }
  }

  /** Makes the container known. A process that ended while it was read stays where it was. */
  admit(membership: Membership, before: string | null): string {
    if (membership.lines.length === 0 && before !== null) return before
    if (!this.#seen.has(membership.key)) {
      const { procRoot, descriptors, monotonicMs, limits = new Map() } = this.#options
      this.#seen.set(
        membership.key,
        new SeenContainer(membership, {
          procRoot,
          descriptors,
          monotonicMs,
          limits,
          changes: this.#changes,
          onOomKill: this.#options.onOomKill ?? (() => {}),
          ownMounts: () => this.#own?.mounts ?? [],
        }),
      )
    }
    return membership.key
  }

  /** Counts one process of this sample in. */
  count(key: string, member: Member): void {
    const container = this.#seen.get(key)
    if (container === undefined) return
    container.count++
    if (member.pid === this.#options.surroundings.ownPid) {
      this.#ownKey = key
      container.members.unshift(member) // we may always look at ourselves
    } else if (!member.exiting) {
      container.members.push(member)
    }
  }

  /** Reads the figures of those that have a process, and lets go of the rest. */
  end(): { readonly containers: SampledContainer[]; readonly ended: SampledContainer[] } {
    const containers: SampledContainer[] = []
    const ended: SampledContainer[] = []
    for (const [key, container] of this.#seen) {
      if (container.count > 0) {
        const own = key === this.#ownKey
        // the machine's own root group would show the machine as if it were the container
        const wholeMachine = key === '/' && this.#options.surroundings.hostCgroups
        containers.push(container.sample({ own, wholeMachine }))
        continue
      }
      const last = container.end()
      if (last !== null) ended.push(last)
      this.#seen.delete(key)
    }
    return { containers, ended }
  }

  close(): void {
    for (const container of this.#seen.values()) container.close()
    this.#seen.clear()
    this.#changes.close()
  }

  get #own(): SeenContainer | undefined {
    return this.#ownKey === null ? undefined : this.#seen.get(this.#ownKey)
  }
}
