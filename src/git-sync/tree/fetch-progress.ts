import type { Clock } from '#kit/clock.ts'
import type { Log } from '#kit/log.ts'

const everyMs = 5000

/** Tells every few seconds how far a long fetch is. */
export function logProgress({
  log,
  clock,
  url,
}: {
  readonly log: Log
  readonly clock: Clock
  readonly url: string
}): {
  /** Takes what git says of it. */
  line(text: string): void
  end(): void
} {
  const startedMs = clock.monotonicMs()
  let last = ''
  const timer = setInterval(() => {
    const seconds = Math.round((clock.monotonicMs() - startedMs) / 1000)
    log.info('fetching', { url, seconds, progress: last })
  }, everyMs)
  return {
    line(text) {
      last = text.trim()
    },
    end: () => clearInterval(timer),
  }
}
