import { type Clock, timer } from '#kit/clock.ts'
import type { Log } from '#kit/log.ts'
import { reasonOf } from '#kit/log.ts'

export interface QuietOptions {
  /**
   * Removes or uses again what may go; tells how many trees left their commit, when there will be
   * more, and what could not go.
   */
  readonly sweepTrees: (stop: AbortSignal) => Promise<{
    readonly leftTrees: number
    readonly nextInMs: number | null
    readonly complaints: readonly string[]
  }>
  /** True when an earlier process removed trees and did not come to the repository. */
  readonly repositoryWasLeft: () => Promise<boolean>
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
  /** Does all of it now without waiting for any tree's grace: until `stop`, `limitMs` at most. */
  whole(stop: AbortSignal, limitMs: number): Promise<void>
}

export function createQuiet(options: QuietOptions): Quiet {
  const { sweepTrees, repositoryWasLeft, sweepRepository, clock, log } = options
  const complaints = tellOnce(log)
  let repositoryIsDue: boolean | null = null
  let running: { readonly done: Promise<void>; readonly stop: AbortController } | null = null

  async function work(stop: AbortSignal, patient: boolean): Promise<void> {
    repositoryIsDue ??= await repositoryWasLeft()
    for (;;) {
      const swept = await sweepTrees(stop)
      // What cannot go holds nothing else up.
      for (const complaint of swept.complaints) complaints.tell(complaint)
      if (swept.leftTrees > 0) repositoryIsDue = true
      if (swept.nextInMs === null || !patient) break
      await clock.sleep(swept.nextInMs, stop)
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
      if (!stop.aborted) complaints.tell(reasonOf(error))
    }
    if (!stop.aborted) complaints.forgetOthers()
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
    async whole(stop, limitMs) {
      const end = new AbortController()
      const abort = (): void => end.abort()
      if (stop.aborted) abort()
      stop.addEventListener('abort', abort, { once: true })
      const limit = timer(abort, limitMs)
      await guarded(end.signal, false)
      clearTimeout(limit)
      stop.removeEventListener('abort', abort)
      if (end.signal.aborted) log.info('cleaning up was ended: the next run goes on with it')
    },
  }
}

/** Each round would find the same again: it is logged when it is new. */
function tellOnce(log: Log): { tell(complaint: string): void; forgetOthers(): void } {
  let before = new Set<string>()
  let now = new Set<string>()
  return {
    tell(complaint) {
      if (!before.has(complaint) && !now.has(complaint))
        log.error('cannot clean up; the sync itself is good', { error: complaint })
      now.add(complaint)
    },
    forgetOthers() {
      before = now
      now = new Set()
    },
  }
}
