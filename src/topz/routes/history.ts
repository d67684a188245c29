import { line, type Route } from '#kit/http.ts'
import type { History } from '#topz/history/history.ts'
import { podSeries, processSeries } from '#topz/history/series.ts'
import type { Table } from '#topz/model/table.ts'
import type { Refusal } from '#topz/views/select.ts'
import { answer } from './answer.ts'

export interface HistoryRoutesOptions {
  /** Null when it is switched off. */
  readonly history: History | null
}

const off: Refusal = { status: 404, says: 'Nothing is kept: --history=0 has switched it off' }

/** The last minutes: all containers and events, or one process. */
export function historyRoutes({ history }: HistoryRoutesOptions): Record<string, Route> {
  const refused = ({ status, says }: Refusal): Response => line(status, says)
  const json = (request: Request, value: object): Response =>
    answer(request, { type: 'application/json', body: `${JSON.stringify(value)}\n` })

  return {
    '/topz/history.json': {
      GET: (request) => (history === null ? refused(off) : json(request, podSeries(history))),
    },
    '/topz/series.json': {
      GET: (request, { query }) => {
        if (history === null) return refused(off)
        const key = query.get('key')
        if (key === null) return line(400, 'key takes the key of a process, as rows have it')
        const series = processSeries(history, key)
        if (series === null) return line(404, 'No moment that is kept has this process')
        return json(request, series)
      },
    },
  }
}

/** The table that `?at=EPOCHMS` asks for; null when nothing is asked of the past. */
export function pastTable(
  query: URLSearchParams,
  { history }: HistoryRoutesOptions,
): Table | Refusal | null {
  const at = query.get('at')
  if (at === null) return null
  if (!/^\d{1,15}$/.test(at)) {
    return { status: 400, says: 'at takes milliseconds since 1970, as takenAtMs is' }
  }
  if (history === null) return off
  const says = 'Nothing that old is kept; /topz/history.json says what is'
  return history.at(Number(at)) ?? { status: 404, says }
}
