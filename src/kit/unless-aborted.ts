/**
 * Work that cannot be called off: it may stand on a file system that hangs, or read a pipe that
 * nobody fills. What comes of it after the end of `stop` is dropped.
 * @throws Error `late` when `stop` is aborted before the work is done.
 */
export async function unlessAborted<T>(
  work: Promise<T>,
  { stop, late }: { readonly stop: AbortSignal; readonly late: string },
): Promise<T> {
  const aborted = Promise.withResolvers<never>()
  const abort = (): void => aborted.reject(new Error(late))
  stop.addEventListener('abort', abort, { once: true })
  if (stop.aborted) abort()
  try {
    return await Promise.race([work, aborted.promise])
  } finally {
    stop.removeEventListener('abort', abort)
  }
}
