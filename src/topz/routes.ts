import { type Handler, line, type Route, routes, safeHeaders } from '#kit/http.ts'
import { metricsContentType } from '#kit/metrics.ts'
import type { EventStreams } from '#kit/sse.ts'
import type { Table } from '#topz/model/table.ts'
import type { PageAssets } from '#topz/page/assets.ts'
import { renderPage } from '#topz/page/html.ts'
import { jsonOf } from '#topz/views/json.ts'
import type { PodMetrics } from '#topz/views/metrics.ts'
import { type Selection, select } from '#topz/views/select.ts'
import { tableEvent } from '#topz/views/stream.ts'
import { classicText, wideText } from '#topz/views/text.ts'
import { preferred } from './accept.ts'
import type { Moments } from './moments.ts'

export interface RouteOptions {
  readonly moments: Pick<Moments, 'now'>
  readonly streams: Pick<EventStreams, 'open'>
  readonly metrics: Pick<PodMetrics, 'text'>
  readonly assets: PageAssets
  /** The machine's name, for the page's title. */
  readonly host: string
}

const types = ['text/plain', 'text/html', 'application/json'] as const
type Type = (typeof types)[number]

/** Nothing but our own files runs, nothing is loaded from elsewhere, nobody frames the page. */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

/** Everything topz answers. All links in it are relative, so that it works below any prefix. */
export function topzRoutes(options: RouteOptions): Handler {
  const { moments, streams, metrics, assets, host } = options

  const topz = (wanted: (request: Request) => Type): Route => ({
    GET: async (request, { query }) => {
      const table = await moments.now()
      const selection = select(table, query)
      if ('says' in selection) return line(selection.status, selection.says)
      const type = wanted(request)
      const body = bodyOf({ type, table, selection, query, host })
      return answer(request, { type, body })
    },
  })

  return routes({
    '/': { GET: () => redirect('topz') },
    '/topz': topz((request) => preferred(request.headers.get('accept'), types)),
    '/topz/': { GET: () => redirect('../topz') },
    '/topz.json': topz(() => 'application/json'),
    '/topz.txt': topz(() => 'text/plain'),
    '/topz/stream': {
      GET: async (request, info) => {
        // It could not read the stream, but it could take all places.
        const foreign = request.headers.get('sec-fetch-site') === 'cross-site'
        if (foreign) return line(403, 'Another site may not watch')
        return streams.open(info, tableEvent(await moments.now()))
      },
    },
    '/topz/page.js': {
      GET: (request) => answer(request, { type: 'text/javascript', body: assets.script }),
    },
    '/topz/page.css': {
      GET: (request) => answer(request, { type: 'text/css', body: assets.style }),
    },
    '/metrics': {
      GET: async (request) => {
        await moments.now()
        return answer(request, { type: metricsContentType, body: metrics.text() })
      },
    },
    '/healthz': { GET: () => line(200, 'ok') },
  })
}

interface Asked {
  readonly type: Type
  readonly table: Table
  readonly selection: Selection
  readonly query: URLSearchParams
  readonly host: string
}

function bodyOf({ type, table, selection, query, host }: Asked): string {
  switch (type) {
    case 'text/html':
      return renderPage({ table, processes: selection.processes, host })
    case 'application/json':
      return `${jsonOf(table, selection.processes)}\n`
    case 'text/plain':
      return query.has('wide')
        ? wideText(table, selection.processes)
        : classicText(selection.processes)
  }
}

function redirect(location: string): Response {
  return line(302, `See ${location}`, { location })
}

/** Below a packet's worth, compressing costs more than it saves. */
const worthCompressing = 1400

function answer(
  request: Request,
  { type, body }: { readonly type: string; readonly body: string },
): Response {
  const headers: Record<string, string> = {
    ...safeHeaders,
    'content-type': type.includes('charset') ? type : `${type}; charset=utf-8`,
    vary: 'Accept, Accept-Encoding',
  }
  if (type === 'text/html') {
    headers['content-security-policy'] = contentSecurityPolicy
    headers['referrer-policy'] = 'no-referrer'
  }
  const takesGzip = /\bgzip\b(?!\s*;\s*q=0(?:\.0*)?(?:,|$))/i.test(
    request.headers.get('accept-encoding') ?? '',
  )
  if (!takesGzip || body.length < worthCompressing) return new Response(body, { headers })
  headers['content-encoding'] = 'gzip'
  return new Response(Bun.gzipSync(body), { headers })
}
