import type { Clock } from '#kit/clock.ts'
import { type Log, reasonOf } from '#kit/log.ts'
import { createSlot } from '#kit/slot.ts'
import type { HookEvent } from './exec.ts'

export interface HookOptions {
  /** As metrics and logs name it. */
  readonly name: string
  /** Runs it once. @throws when it fails. */
  readonly run: (event: HookEvent) => Promise<void>
  readonly backoffMs: number
  readonly clock: Clock
  readonly log: Log
  readonly stop: AbortSignal
  /** Told how each run ended. */
  readonly counted: (result: 'success' | 'error') => void
}

/** A hook with the slot in front of it: the newest commit wins, and nobody waits for it. */
export interface Hook {
  fire(event: HookEvent): void
  /** One run that is waited for, without a second try: one-time mode. True when it succeeded. */
  once(event: HookEvent): Promise<boolean>
  /** Resolves when it does not run: after a stop, when it has ended in its own way. */
  idle(): Promise<void>
}

export function createHook({ name, run, backoffMs, clock, log, stop, counted }: HookOptions): Hook {
  let lastDone: string | null = null

  async function attempt(event: HookEvent): Promise<void> {
    try {
      await run(event)
    } catch (error) {
      counted('error')
      log.error(`${name} failed`, { error: reasonOf(error), commit: event.commit })
      throw error
    }
    lastDone = event.commit
    counted('success')
  }

  const slot = createSlot<HookEvent>({
    async handle(event) {
      // Built again after damage: the hook has seen this commit.
      if (event.commit !== lastDone) await attempt(event)
    },
    backoffMs,
    clock,
    stop,
  })

  return {
    fire: (event) => slot.put(event),
    idle: slot.idle,
    once: (event) =>
      attempt(event).then(
        () => true,
        () => false,
      ),
  }
}
