import type { Clock } from '#kit/clock.ts'
import type { Log } from '#kit/log.ts'
import { reasonOf } from '#kit/log.ts'

export interface QuietOptions {
  /** Removes what may go; tells how much, and when there will be more to remove. */
  readonly sweepTrees: (
    stop: AbortSignal,
  ) => Promise<{ readonly removedTrees: number; readonly nextInMs: number | null }>
  readonly sweepRepository: (stop: AbortSignal) => Promise<void>
  readonly clock: Clock
  readonly log: Log
}

/** The work between passes: its failure is logged, and no pass waits for it. */
export interface Quiet {
  /** Starts it, unless it runs. */
  start(): void
  /** Ends it where it is; the rest is done after the next start. */
  end(): Promise<void>
  /** Does all of it now, without waiting for any tree's grace. */
  whole(): Promise<void>
}

export function createQuiet({ sweepTrees, sweepRepository, clock, log }: QuietOptions): Quiet {
  let repositoryIsDue = false
  let running: { readonly done: Promise<void>; readonly stop: AbortController } | null = null

  async function work(stop: AbortSignal, patient: boolean): Promise<void> {
    for (;;) {
      const { removedTrees, nextInMs } = await sweepTrees(stop)
      if (removedTrees > 0) repositoryIsDue = true
      if (nextInMs === null || !patient) break
      await clock.sleep(nextInMs, stop)
      if (stop.aborted) return
    }
    if (!repositoryIsDue || stop.aborted) return
    await sweepRepository(stop)
    if (!stop.aborted) repositoryIsDue = false
  }

  async function guarded(stop: AbortSignal, patient: boolean): Promise<void> {
    try {
      await work(stop, patient)
    } catch (error) {
      if (!stop.aborted)
        log.error('cannot clean up; the sync itself is good', { error: reasonOf(error) })
    }
  }

  return {
    start() {
      if (running !== null) return
      const stop = new AbortController()
      const done = guarded(stop.signal, true).finally(() => {
        running = null
      })
      running = { done, stop }
    },
    async end() {
      running?.stop.abort()
      await running?.done
    },
    async whole() {
      await guarded(new AbortController().signal, false)
    },
  }
}
