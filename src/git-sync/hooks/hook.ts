import type { Clock } from '#kit/clock.ts'
import { type Fields, type Log, reasonOf } from '#kit/log.ts'
import { randomHex } from '#kit/random-hex.ts'
import { createSlot } from '#kit/slot.ts'

/** What a hook is told. */
export interface HookEvent {
  readonly commit: string
  /** The tree of that commit. */
  readonly tree: string
  /** What was served before it: the same commit when options changed; null when nobody knows. */
  readonly previous: string | null
  /** When it was published, in milliseconds since 1970. */
  readonly timeMs: number
  /** The tree has other files than the one before of the same commit. */
  readonly isRemade?: boolean
}

/** An event on its way to one hook: the same each time it is tried. */
export interface Delivery extends HookEvent {
  /** No other delivery has it. */
  readonly id: string
}

/** One run of a hook. Resolves to what was said in it. @throws HookError when it fails. */
export type HookRun = (delivery: Delivery) => Promise<Fields>

/** A run that failed, with what was said in it. */
export class HookError extends Error {
  override readonly name = 'HookError'
  readonly said: Fields

  constructor(message: string, { cause, said = {} }: { cause?: unknown; said?: Fields } = {}) {
    super(message, { cause })
    this.said = said
  }
}

export interface HookOptions {
  /** As options, metrics and logs name it. */
  readonly name: string
  /** Which of that name it is, for the log. */
  readonly which?: Fields
  readonly run: HookRun
  /** The pause before a run that failed is tried again. */
  readonly backoffMs: number
  /** A run that failed is not tried again. */
  readonly oneTime: boolean
  readonly clock: Clock
  readonly log: Log
  readonly stop: AbortSignal
  /** Told how each run ended. */
  readonly counted: (result: 'success' | 'error') => void
}

/** A hook with the slot in front of it: the newest commit wins, and nobody waits for it. */
export interface Hook {
  fire(event: HookEvent): void
  /** The tree of the commit that it is told of now, or null. */
  readonly runsIn: string | null
  /** Resolves when it does not run; to false when it failed and is not tried again. */
  finish(): Promise<boolean>
}

export function createHook(options: HookOptions): Hook {
  const { name, which = {}, run, backoffMs, oneTime, clock, log, stop, counted } = options
  let first: HookEvent | null = null
  let lastDone: string | null = null
  let hasFailed = false
  let runsIn: string | null = null

  async function attempt(delivery: Delivery): Promise<void> {
    const of = { commit: delivery.commit, ...which }
    const startedMs = clock.monotonicMs()
    runsIn = delivery.tree
    try {
      const said = await run(delivery)
      counted('success')
      const ms = Math.round(clock.monotonicMs() - startedMs)
      log.info(`ran the ${name}`, { ...of, ms, ...said })
    } catch (error) {
      counted('error')
      const said = error instanceof HookError ? error.said : {}
      log.error(`${name} failed`, { error: reasonOf(error), ...of, ...said })
      throw error
    } finally {
      runsIn = null
    }
  }

  const slot = createSlot<Delivery>({
    async handle(delivery) {
      const { commit, isRemade } = delivery
      // Built again after damage: the hook has seen this commit.
      if (commit === lastDone && !isRemade) return
      try {
        // Who missed some commits must not miss what changed in them.
        await attempt({ ...delivery, previous: lastDone ?? first?.previous ?? null })
      } catch (error) {
        if (!oneTime) throw error
        hasFailed = true
      }
      lastDone = commit
    },
    backoffMs,
    clock,
    stop,
  })

  return {
    fire(event) {
      first ??= event
      slot.put({ ...event, id: randomHex(16) })
    },
    get runsIn() {
      return runsIn
    },
    async finish() {
      await slot.idle()
      return !hasFailed
    },
  }
}
