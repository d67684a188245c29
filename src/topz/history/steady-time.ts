/** Between two moments the clocks may differ by this much and nobody has set one. */
const driftMs = 1000

/**
 * Moments in a time that never jumps: that of the wall clock, until somebody sets it. Then the times of
 * all moments before are told as the clock would have told them, had it been right.
 */
export class SteadyTime {
  #last: { readonly steadyMs: number; readonly monotonicMs: number } | null = null
  #shiftMs = 0

  /** The steady time of a moment later than all before. */
  of({ takenAtMs, monotonicMs }: { takenAtMs: number; monotonicMs: number }): number {
    let steadyMs = takenAtMs - this.#shiftMs
    if (this.#last !== null) {
      const passedMs = Math.max(1, Math.round(monotonicMs - this.#last.monotonicMs))
      const expectedMs = this.#last.steadyMs + passedMs
      if (steadyMs <= this.#last.steadyMs || Math.abs(steadyMs - expectedMs) > driftMs) {
        steadyMs = expectedMs
        this.#shiftMs = takenAtMs - steadyMs
      }
    }
    this.#last = { steadyMs, monotonicMs }
    return steadyMs
  }

  /** Epoch milliseconds of a steady time, by the wall clock as it is set now. */
  epochMs(steadyMs: number): number {
    return steadyMs + this.#shiftMs
  }

  steadyMs(epochMs: number): number {
    return epochMs - this.#shiftMs
  }
}
