/** Time, handed down from where the program starts, so that tests can hand in their own. */
export interface Clock {
  /** Milliseconds since 1970; jumps when somebody sets the clock. */
  nowMs(): number
  /** Milliseconds since some moment in the past; never runs back. */
  monotonicMs(): number
  /** Resolves after `ms`, or at once when `signal` is or becomes aborted; never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
}

/** The longest wait a timer takes: beyond it, timers fire at once. */
const longestTimerMs = 2 ** 31 - 1

/** A timer that takes any time: one beyond the longest fires at the longest, 24 days from now. */
export function timer(act: () => void, ms: number): NodeJS.Timeout {
  return setTimeout(act, Math.min(ms, longestTimerMs))
}

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  sleep(ms, signal) {
    return new Promise((resolve) => {
      if (signal?.aborted) return resolve()
      const done = (): void => {
        clearTimeout(running)
        signal?.removeEventListener('abort', done)
        resolve()
      }
      const running = timer(done, ms)
      signal?.addEventListener('abort', done, { once: true })
    })
  },
}
