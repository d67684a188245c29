import { timer } from './clock.ts'

export interface TimeLimitOptions {
  readonly ms: number
  /** Its abort is the end, too. */
  readonly stop?: AbortSignal | undefined
  /** Reasons that the signal gives, of each of the two ends. */
  readonly late?: string
  readonly stopped?: string
}

/** The end of some work. To be freed when the work is over. */
export interface TimeLimit extends Disposable {
  /** Aborted when the time is over or `stop` is. */
  readonly signal: AbortSignal
}

/**
 * Begins now. `AbortSignal.any` and `.timeout` would do the same, but hold a timer and memory until
 * the time is over, however soon the work is: of thousands of short polls that is a lot.
 */
export function timeLimit({ ms, stop, late, stopped }: TimeLimitOptions): TimeLimit {
  const end = new AbortController()
  const follow = (): void => end.abort(stopped)
  const running = timer(() => end.abort(late), ms)
  stop?.addEventListener('abort', follow, { once: true })
  if (stop?.aborted) follow()
  return {
    signal: end.signal,
    [Symbol.dispose]() {
      clearTimeout(running)
      stop?.removeEventListener('abort', follow)
    },
  }
}
