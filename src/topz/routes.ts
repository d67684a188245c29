import { type Handler, line, routes } from '#kit/http.ts'
import type { PageAssets } from '#topz/page/assets.ts'
import { assetRoutes } from './routes/assets.ts'
import { type HistoryRoutesOptions, historyRoutes } from './routes/history.ts'
import { type ProcessRoutesOptions, processRoutes } from './routes/process.ts'
import { type StreamRoutesOptions, streamRoutes } from './routes/stream.ts'
import { type ViewRoutesOptions, viewRoutes } from './routes/views.ts'

export interface RouteOptions
  extends ViewRoutesOptions,
    StreamRoutesOptions,
    HistoryRoutesOptions,
    ProcessRoutesOptions {
  readonly assets: PageAssets
}

/** Everything topz answers. All links in it are relative, so that it works below any prefix. */
export function topzRoutes(options: RouteOptions): Handler {
  return routes({
    '/': { GET: () => redirect('topz') },
    '/topz/': { GET: () => redirect('../topz') },
    '/healthz': { GET: () => line(200, 'ok') },
    ...viewRoutes(options),
    ...streamRoutes(options),
    ...historyRoutes(options),
    ...processRoutes(options),
    ...assetRoutes(options.assets),
  })
}

function redirect(location: string): Response {
  return line(302, `See ${location}`, { location })
}
