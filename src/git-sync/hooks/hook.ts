import type { Clock } from '#kit/clock.ts'
import { type Fields, type Log, reasonOf } from '#kit/log.ts'
import { createSlot } from '#kit/slot.ts'

/** What a hook is told. */
export interface HookEvent {
  readonly commit: string
  /** The tree of that commit. */
  readonly tree: string
  /** The tree has other files than the one before of the same commit. */
  readonly isRemade?: boolean
}

/** One run of a hook. Resolves to what was said in it. @throws HookError when it fails. */
export type HookRun = (event: HookEvent) => Promise<Fields>

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
  const { name, run, backoffMs, oneTime, clock, log, stop, counted } = options
  let lastDone: string | null = null
  let hasFailed = false
  let runsIn: string | null = null

  async function attempt(event: HookEvent): Promise<void> {
    const { commit } = event
    const startedMs = clock.monotonicMs()
    runsIn = event.tree
    try {
      const said = await run(event)
      counted('success')
      log.info(`ran the ${name}`, { commit, ms: Math.round(clock.monotonicMs() - startedMs) })
      log.debug(1, `the ${name} said`, said)
    } catch (error) {
      counted('error')
      const said = error instanceof HookError ? error.said : {}
      log.error(`${name} failed`, { error: reasonOf(error), commit, ...said })
      throw error
    } finally {
      runsIn = null
    }
  }

  const slot = createSlot<HookEvent>({
    async handle(event) {
      // Built again after damage: the hook has seen this commit.
      if (event.commit === lastDone && !event.isRemade) return
      try {
        await attempt(event)
      } catch (error) {
        if (!oneTime) throw error
        hasFailed = true
      }
      lastDone = event.commit
    },
    backoffMs,
    clock,
    stop,
  })

  return {
    fire: slot.put,
    get runsIn() {
      return runsIn
    },
    async finish() {
      await slot.idle()
      return !hasFailed
    },
  }
}
