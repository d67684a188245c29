import { line, type Route } from '#kit/http.ts'
import { metricsContentType } from '#kit/metrics.ts'
import type { Table } from '#topz/model/table.ts'
import { renderPage } from '#topz/page/html.ts'
import { jsonOf } from '#topz/views/json.ts'
import type { PodMetrics } from '#topz/views/metrics.ts'
import { type Selection, select } from '#topz/views/select.ts'
import { classicText } from '#topz/views/text.ts'
import { wideText } from '#topz/views/wide.ts'
import { preferred } from '../accept.ts'
import type { Moments } from '../moments.ts'
import { answer } from './answer.ts'
import { type HistoryRoutesOptions, pastTable } from './history.ts'

export interface ViewRoutesOptions extends HistoryRoutesOptions {
  readonly moments: Pick<Moments, 'now'>
  readonly metrics: Pick<PodMetrics, 'text'>
  /** The machine's name, for the page's title. */
  readonly host: string
}

const types = ['text/plain', 'text/html', 'application/json'] as const
type Type = (typeof types)[number]

/** The table as it is now, or was: text, JSON, the page and metrics. */
export function viewRoutes({
  moments,
  history,
  metrics,
  host,
}: ViewRoutesOptions): Record<string, Route> {
  const topz = (wanted: (request: Request) => Type): Route => ({
    GET: async (request, { query }) => {
      const table = pastTable(query, { history }) ?? (await moments.now())
      if ('says' in table) return line(table.status, table.says)
      const selection = select(table, query)
      if ('says' in selection) return line(selection.status, selection.says)
      const type = wanted(request)
      const body = bodyOf({ type, table, selection, host })
      return answer(request, { type, body })
    },
  })

  return {
    '/topz': topz((request) => preferred(request.headers.get('accept'), types)),
    '/topz.json': topz(() => 'application/json'),
    '/topz.txt': topz(() => 'text/plain'),
    '/topz/schema.json': {
      GET: async (request) => {
        // few ever ask for it
        const { jsonSchema } = await import('#topz/views/schema/schema.ts')
        const body = `${JSON.stringify(jsonSchema(), null, 2)}\n`
        return answer(request, { type: 'application/schema+json', body })
      },
    },
    '/metrics': {
      GET: async (request) => {
        await moments.now()
        return answer(request, { type: metricsContentType, body: metrics.text() })
      },
    },
  }
}

interface Asked {
  readonly type: Type
  readonly table: Table
  readonly selection: Selection
  readonly host: string
}

function bodyOf({ type, table, selection, host }: Asked): string {
  const { processes, most, width } = selection
  const rows = processes.length > most ? processes.slice(0, most) : processes
  switch (type) {
    case 'text/html':
      return renderPage({ table, processes: rows, host })
    case 'application/json':
      return `${jsonOf(table, rows)}\n`
    case 'text/plain':
      return width === null ? classicText(rows) : wideText(table, selection)
  }
}
