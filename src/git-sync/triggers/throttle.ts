import type { Clock } from '#kit/clock.ts'

/** Does the first at once, then the newest of each `everyMs`: the last one is never lost. */
export function createThrottle(everyMs: number, clock: Clock): (act: () => void) => void {
  let waiting: (() => void) | null = null
  let isResting = false

  async function rest(): Promise<void> {
    isResting = true
    for (;;) {
      await clock.sleep(everyMs)
      if (waiting === null) break
      const act = waiting
      waiting = null
      act()
    }
    isResting = false
  }

  return (act) => {
    if (isResting) {
      waiting = act
      return
    }
    act()
    void rest()
  }
}
