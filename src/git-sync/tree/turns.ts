/** Does work when its turn comes. */
export type Turns = <T>(work: () => Promise<T>) => Promise<T>

/** Turns for at most `limit` at a time, in the order in which they are asked for. */
export function turns(limit: number): Turns {
  const waiting: (() => void)[] = []
  let free = limit
  return async (work) => {
    if (free === 0) await new Promise<void>((resolve) => waiting.push(resolve))
    else free--
    try {
      return await work()
    } finally {
      const next = waiting.shift()
      if (next === undefined) free++
      else next()
    }
  }
}
