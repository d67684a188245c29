import type { PodEvent } from '#topz/model/table.ts'

interface Told {
  /** Steady time of the table that told it. */
  readonly toldMs: number
  /** `atMs` is steady. */
  readonly event: PodEvent
  readonly bytes: number
}

/**
 * The events of the last minutes, within a room of their own. Starts and ends of processes, of which there
 * can be any number, have half of it, so that they push out nothing else.
 */
export class EventLog {
  readonly #processes: Lane
  readonly #others: Lane

  constructor(mostBytes: number) {
    this.#processes = new Lane(mostBytes / 2)
    this.#others = new Lane(mostBytes / 2)
  }

  get bytes(): number {
    return this.#processes.bytes + this.#others.bytes
  }

  /** Events of a table; times are steady. */
  add(toldMs: number, events: readonly PodEvent[]): void {
    for (const event of events) {
      const often = event.kind === 'start' || event.kind === 'exit'
      const lane = often ? this.#processes : this.#others
      lane.add({ toldMs, event, bytes: bytesOf(event) })
    }
  }

  /** Lets go of those told before. */
  forget(beforeMs: number): void {
    this.#processes.forget(beforeMs)
    this.#others.forget(beforeMs)
  }

  /** Those told after the first time and until the second, oldest first. */
  between(afterMs: number, untilMs: number): PodEvent[] {
    const told = [...this.#processes.told, ...this.#others.told].filter(
      ({ toldMs }) => toldMs > afterMs && toldMs <= untilMs,
    )
    return told.map(({ event }) => event).sort((a, b) => a.atMs - b.atMs)
  }
}

class Lane {
  readonly #mostBytes: number
  told: Told[] = []
  bytes = 0

  constructor(mostBytes: number) {
    this.#mostBytes = mostBytes
  }

  add(told: Told): void {
    this.told.push(told)
    this.bytes += told.bytes
    // some at once, as each time moves all others
    if (this.bytes > this.#mostBytes) this.#dropUntil(this.#mostBytes * 0.9)
  }

  forget(beforeMs: number): void {
    const first = this.told.findIndex(({ toldMs }) => toldMs >= beforeMs)
    this.#drop(first < 0 ? this.told.length : first)
  }

  #dropUntil(bytes: number): void {
    let left = this.bytes
    const first = this.told.findIndex((told) => {
      if (left <= bytes) return true
      left -= told.bytes
      return false
    })
    this.#drop(first < 0 ? this.told.length : first)
  }

  #drop(count: number): void {
    for (const { bytes } of this.told.splice(0, count)) this.bytes -= bytes
  }
}

/** Two objects with some twenty fields, and the text that no other object shares. */
function bytesOf(event: PodEvent): number {
  return 200 + event.says.length + (event.process?.length ?? 0)
}
