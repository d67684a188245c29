/**
 * For long work that is done in small steps on this thread: called at each step, it lets others have
 * the thread now and then.
 * @throws the reason of `stop` when the work is to end.
 */
export function pauses(stop: AbortSignal, { everySteps = 256 } = {}): () => Promise<void> | null {
  let steps = 0
  return () => {
    if (++steps % everySteps !== 0) return null
    stop.throwIfAborted()
    return new Promise((resolve) => setImmediate(resolve))
  }
}
