import type { Clock } from '#kit/clock.ts'

/** Tells whether the loop turns: each beat says by when the next one is due. */
export interface Heartbeat {
  beat(nextWithinMs: number): void
  lives(): boolean
}

/** What a busy machine may add to any pause. */
const slackMs = 10_000

export function createHeartbeat(clock: Clock): Heartbeat {
  let dueMs = Number.POSITIVE_INFINITY
  return {
    beat(nextWithinMs) {
      dueMs = clock.monotonicMs() + nextWithinMs + slackMs
    },
    lives: () => clock.monotonicMs() <= dueMs,
  }
}
