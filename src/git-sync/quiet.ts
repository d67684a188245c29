import { createGap, type Gap } from '#git-sync/tree/gap.ts'
import { type Clock, timer } from '#kit/clock.ts'
import type { Log } from '#kit/log.ts'
import { reasonOf } from '#kit/log.ts'

export interface QuietOptions {
  /** Removes or uses again what may go; tells when there will be more, and what could not go. */
  readonly sweepTrees: (stop: AbortSignal) => Promise<{
    readonly nextInMs: number | null
    readonly complaints: readonly string[]
  }>
  /** Then what only those trees used, when something is due. */
  readonly sweepRepository: (stop: AbortSignal) => Promise<void>
  /** True when somebody else did something among the trees; asked after each pass. */
  readonly hasNews: () => boolean
  /** Made with the time between passes: what goes on while they come. */
  readonly repacking: (gap: Gap, complain: (error: unknown) => void) => BesidePasses
  readonly clock: Clock
  readonly log: Log
}

/** What needs only moments between passes. */
export interface BesidePasses {
  /** Begins what is due; `isQuiet` when no tree waits for the end of its grace. */
  tend(how: { readonly isQuiet: boolean }): void
  end(): Promise<void>
}

/** The work between passes: its failure is logged, and no pass waits for it. */
export interface Quiet {
  /** A pass is over: does what is due, unless it does it already. Costs nothing when nothing is. */
  start(): void
  /** A pass is about to write: what could do it harm ends, and goes on after the next start. */
  giveWay(): Promise<void>
  /** Ends all of it: the repository itself may go. */
  end(): Promise<void>
  /** Does all of it now without waiting for any tree's grace: until `stop`, `limitMs` at most. */
  whole(stop: AbortSignal, limitMs: number): Promise<void>
}

/** How often it looks although no pass wrote anything, and after a failure. */
const slowMs = 3_600_000
const afterFailureMs = 60_000
const patience = 3

export function createQuiet(options: QuietOptions): Quiet {
  const { sweepTrees, sweepRepository, hasNews, clock, log } = options
  const gap = createGap()
  const complaints = tellOnce(log)
  const repacking = options.repacking(gap, (error) => complaints.tell(reasonOf(error)))
  /** Whoever gave way to a pass has more to do after it. */
  let isDue = true
  let lookAgainMs = 0
  /** Rounds in a row that a pass ended. */
  let calledOff = 0
  let running: { readonly done: Promise<void>; readonly stop: AbortController } | null = null

  /** True when there is nothing left to do. */
  async function work(stop: AbortSignal, patient: boolean): Promise<boolean> {
    for (;;) {
      const swept = await sweepTrees(stop)
      // What cannot go holds nothing else up.
      for (const complaint of swept.complaints) complaints.tell(complaint)
      if (stop.aborted) return false
      await sweepRepository(stop)
      if (swept.nextInMs === null || !patient) return swept.complaints.length === 0
      await clock.sleep(swept.nextInMs, stop)
      if (stop.aborted) return false
    }
  }

  async function guarded(stop: AbortSignal, patient: boolean): Promise<boolean> {
    try {
      return await work(stop, patient)
    } catch (error) {
      if (!stop.aborted) complaints.tell(reasonOf(error))
      return false
    } finally {
      if (!stop.aborted) complaints.forgetOthers()
    }
  }

  async function round(stop: AbortSignal): Promise<void> {
    const isDone = await guarded(stop, true)
    if (stop.aborted) return
    isDue = false
    calledOff = 0
    lookAgainMs = clock.monotonicMs() + (isDone ? slowMs : afterFailureMs)
    repacking.tend({ isQuiet: true })
  }

  async function giveWay(): Promise<void> {
    gap.close()
    isDue = true
    if (running === null) return
    calledOff++
    running.stop.abort()
    await running.done
  }

  return {
    start() {
      gap.open()
      if (running !== null) return
      if (!isDue && clock.monotonicMs() < lookAgainMs && !hasNews()) return
      // It may never be quiet: then what should wait for that does not.
      if (calledOff >= patience) repacking.tend({ isQuiet: false })
      const stop = new AbortController()
      const done = round(stop.signal).finally(() => {
        running = null
      })
      running = { done, stop }
    },
    giveWay,
    async end() {
      await Promise.all([giveWay(), repacking.end()])
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
