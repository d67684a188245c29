import type { Clock } from './clock.ts'

export interface SlotOptions<T> {
  /** Takes one value; throws, having told why, to be tried again with the newest after `backoffMs`. */
  readonly handle: (value: T) => Promise<void>
  readonly backoffMs: number
  readonly clock: Clock
  readonly stop: AbortSignal
}

/** Where a slow consumer finds the newest value: putting one never waits, older ones are dropped. */
export interface Slot<T> {
  put(value: T): void
  /** Resolves when nothing waits and nothing runs. */
  idle(): Promise<void>
}

export function createSlot<T>({ handle, backoffMs, clock, stop }: SlotOptions<T>): Slot<T> {
  let newest: { readonly value: T } | null = null
  let running: Promise<void> | null = null

  async function drain(): Promise<void> {
    while (newest !== null && !stop.aborted) {
      const { value } = newest
      newest = null
      try {
        await handle(value)
      } catch {
        await clock.sleep(backoffMs, stop)
        newest ??= { value }
      }
    }
    running = null
  }

  return {
    put(value) {
      newest = { value }
      running ??= drain()
    },
    async idle() {
      await running
    },
  }
}
