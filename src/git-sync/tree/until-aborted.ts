/**
 * Waits for work that cannot be called off, until it ends or `stop` is aborted: then it goes on by
 * itself, and whoever comes next finds what is left, and says why.
 */
export async function untilAborted(work: Promise<void>, stop: AbortSignal): Promise<void> {
  const aborted = Promise.withResolvers<void>()
  const abort = (): void => aborted.resolve()
  stop.addEventListener('abort', abort, { once: true })
  if (stop.aborted) abort()
  await Promise.race([work, aborted.promise]).finally(() => {
    stop.removeEventListener('abort', abort)
    work.catch(() => {})
  })
}
