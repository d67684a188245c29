import { type Handler, line } from './http.ts'

/**
 * Answers at most `most` requests at a time: one more is told 503 and to ask again. Who asks without
 * end costs no more memory than that, and a probe on an `open` path is answered all the same.
 */
export function busyRule(
  handler: Handler,
  { most, open }: { readonly most: number; readonly open: readonly string[] },
): Handler {
  let running = 0
  return async (request, info) => {
    if (open.includes(info.path)) return handler(request, info)
    if (running >= most) return line(503, 'Too many ask at once', { 'retry-after': '1' })
    running++
    try {
      return await handler(request, info)
    } finally {
      running--
    }
  }
}
