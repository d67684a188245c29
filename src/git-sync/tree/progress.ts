import type { Clock } from '#kit/clock.ts'
import type { Log } from '#kit/log.ts'

export interface ProgressOptions {
  readonly log: Log
  readonly clock: Clock
  /** What is done, in one word of the log: `fetching`. */
  readonly doing: string
  readonly url?: string
}

/** Takes what git says of it until the end. */
export interface Progress {
  readonly line: (text: string) => void
  readonly end: () => void
}

const everyMs = 5000

/** Tells how far something long is: in the log every few seconds, on a terminal as a bar. */
export function tellProgress({ log, clock, doing, url }: ProgressOptions): Progress {
  const startedMs = clock.monotonicMs()
  let last = ''
  const timer = setInterval(() => {
    const seconds = Math.round((clock.monotonicMs() - startedMs) / 1000)
    log.info(doing, { ...(url === undefined ? {} : { url }), seconds, progress: last })
  }, everyMs)
  return {
    line(text) {
      last = text.trim()
      const bar = barOf(last)
      if (bar !== null) log.status(`${doing} ${bar}`)
    },
    end() {
      clearInterval(timer)
      log.status(null)
    },
  }
}

const cells = 20

/** `[#####     ] 25% Receiving objects 12/48, 1.20 MiB`, or null for a line that counts nothing. */
export function barOf(line: string): string | null {
  const match = /^(?:remote: )?([A-Z][a-z ]+): +(\d+)% \((\d+\/\d+)\)(.*)$/.exec(line)
  if (match === null) return null
  const [, what, percent = '', count, rest = ''] = match
  const done = Math.round((Math.min(100, Number(percent)) / 100) * cells)
  const bar = `[${'#'.repeat(done)}${' '.repeat(cells - done)}]`
  return `${bar} ${percent.padStart(3)}% ${what} ${count}${rest.replace(/, done\.$/, '')}`
}
