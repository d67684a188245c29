import { line, type Route } from '#kit/http.ts'
import { viewerUidOf } from '#topz/model/advice.ts'
import { processDetailsOf } from '#topz/model/process-details-of.ts'
import type { Sampler } from '#topz/sample/sampler.ts'
import type { Moments } from '../moments.ts'
import { answer } from './answer.ts'

export interface ProcessRoutesOptions {
  readonly moments: Pick<Moments, 'now'>
  readonly details: Sampler['details']
  /** Whether environments may be shown. */
  readonly environment: boolean
}

/** Each makes a process wait for a moment: those who ask more often ask again. */
const mostWaiting = 8

/** More of one process, read when it is asked for, one after the other. */
export function processRoutes(options: ProcessRoutesOptions): Record<string, Route> {
  const { moments, details, environment } = options
  let waiting = 0
  let last: Promise<unknown> = Promise.resolve()

  function inTurn<T>(read: () => Promise<T>): Promise<T> {
    waiting++
    const mine = last.then(read).finally(() => waiting--)
    last = mine.catch(() => {})
    return mine
  }

  return {
    '/topz/process.json': {
      GET: async (request, { query }) => {
        // It could not read the answer, but it could make a process wait.
        const foreign = request.headers.get('sec-fetch-site') === 'cross-site'
        if (foreign) return line(403, 'Another site may not ask')
        const key = query.get('key')
        if (key === null) return line(400, 'key takes the key of a process, as rows have it')
        if (waiting >= mostWaiting) return line(503, 'Too many ask', { 'retry-after': '1' })
        const table = await moments.now()
        const process = table.processes.find((one) => one.key === key)
        const more =
          process === undefined ? null : await inTurn(() => details(process, { environment }))
        if (process === undefined || more === null) return line(404, 'There is no such process')
        const body = processDetailsOf(process, more, viewerUidOf(table))
        return answer(request, { type: 'application/json', body: `${JSON.stringify(body)}\n` })
      },
    },
  }
}
