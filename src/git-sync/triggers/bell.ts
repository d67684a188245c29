import type { Clock } from '#kit/clock.ts'

/** The one door for all that asks for a pass before its time. */
export interface Bell {
  /** Asks for a pass now; while one runs, for one more after it, however often it is rung. */
  ring(by: string): void
  /** Waits, but not once it was rung since the last wait; tells by whom, or null. */
  wait(ms: number, stop: AbortSignal): Promise<string | null>
}

export function createBell(clock: Clock): Bell {
  let rungBy: string | null = null
  let wake: (() => void) | null = null

  async function sleep(ms: number, stop: AbortSignal): Promise<void> {
    const end = new AbortController()
    wake = () => end.abort()
    stop.addEventListener('abort', wake, { once: true })
    if (stop.aborted) wake()
    await clock.sleep(ms, end.signal)
    stop.removeEventListener('abort', wake)
    wake = null
  }

  return {
    ring(by) {
      rungBy = by
      wake?.()
    },
    async wait(ms, stop) {
      if (rungBy === null) await sleep(ms, stop)
      const by = rungBy
      rungBy = null
      return by
    },
  }
}
