import type { Table } from '#topz/model/table.ts'

/** What a sparkline draws: oldest first, null where nothing was known. */
export type Trail = readonly (number | null)[]

export interface Trails {
  readonly cpu: Trail
  readonly memory: Trail
}

interface Kept {
  readonly cpu: (number | null)[]
  readonly memory: (number | null)[]
  seen: number
}

/** As many moments as a sparkline has room for: a minute at the usual interval. */
const mostMoments = 60

const nothing: Trails = { cpu: [], memory: [] }

/** The last minute of each process and each container, kept by the page that looks. */
export class Recent {
  readonly #kept = new Map<string, Kept>()
  #moments = 0
  #newestMs = 0

  /** Takes note of a table. One from before the newest is another time, which is not drawn. */
  note(table: Table): void {
    if (table.takenAtMs <= this.#newestMs) return
    this.#newestMs = table.takenAtMs
    this.#moments++
    for (const { key, cpuMillicores, memoryBytes } of table.containers) {
      this.#add(`container ${key}`, cpuMillicores, memoryBytes)
    }
    for (const { key, cpuMillicores, rssBytes } of table.processes) {
      this.#add(key, cpuMillicores, rssBytes)
    }
    for (const [key, { seen }] of this.#kept) if (seen !== this.#moments) this.#kept.delete(key)
  }

  ofContainer(key: string): Trails {
    return this.#kept.get(`container ${key}`) ?? nothing
  }

  ofProcess(key: string): Trails {
    return this.#kept.get(key) ?? nothing
  }

  #add(key: string, cpu: number | null, memory: number | null): void {
    let kept = this.#kept.get(key)
    if (kept === undefined) {
      kept = { cpu: [], memory: [], seen: 0 }
      this.#kept.set(key, kept)
    }
    kept.seen = this.#moments
    push(kept.cpu, cpu)
    push(kept.memory, memory)
  }
}

function push(trail: (number | null)[], value: number | null): void {
  trail.push(value)
  if (trail.length > mostMoments) trail.shift()
}
