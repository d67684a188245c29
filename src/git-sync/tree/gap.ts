/** The time between two passes: while it is open, no pass writes to the repository. */
export interface Gap {
  /** Does at once, in one step, what waits for it. */
  open(): void
  close(): void
  /**
   * Does it now or at the next opening. No pass begins before it is done, so it has to be short.
   * Null when `stop` was aborted first.
   */
  within<T>(act: () => T, stop: AbortSignal): Promise<T | null>
  /** Looks at each opening, before anything else is done, until it is told to end. */
  watch(look: () => void): { end(): void }
}

export function createGap(): Gap {
  let isOpen = false
  let waiting: (() => void)[] = []
  const watching = new Set<() => void>()
  return {
    open() {
      if (isOpen) return
      isOpen = true
      for (const look of watching) look()
      const acts = waiting
      waiting = []
      for (const act of acts) act()
    },
    close() {
      isOpen = false
    },
    within(act, stop) {
      return new Promise((resolve, reject) => {
        const turn = (): void => {
          stop.removeEventListener('abort', ended)
          try {
            resolve(stop.aborted ? null : act())
          } catch (error) {
            reject(error)
          }
        }
        const ended = (): void => {
          waiting = waiting.filter((other) => other !== turn)
          resolve(null)
        }
        if (isOpen || stop.aborted) {
          turn()
          return
        }
        waiting.push(turn)
        stop.addEventListener('abort', ended, { once: true })
      })
    },
    watch(look) {
      watching.add(look)
      return { end: () => watching.delete(look) }
    },
  }
}
