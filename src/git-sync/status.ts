import {
  type Handler,
  type HttpServer,
  line,
  type Route,
  routes,
  safeHeaders,
  serve,
} from '#kit/http.ts'
import type { Log } from '#kit/log.ts'
import { metricsContentType, type Registry } from '#kit/metrics.ts'
import type { PprofOptions } from './pprof.ts'

export interface StatusOptions {
  readonly bind: string
  readonly log: Log
  /** Null when nobody wants metrics. */
  readonly registry: Registry | null
  /** What /debug/pprof/ needs; null when nobody wants it. */
  readonly pprof: PprofOptions | null
  /** What others answer here, and which of their paths bound bodies themselves. */
  readonly beside: {
    readonly paths: Readonly<Record<string, Route>>
    readonly ownLimit: readonly string[]
  } | null
  /** A pass of this process was good. */
  readonly hasSynced: () => boolean
  /** Consumers find a tree behind the link, also one of an earlier process. */
  readonly servesTree: () => Promise<boolean>
  /** The loop has turned lately. */
  readonly lives: () => boolean
}

/** What probes and scrapers are told, which changes nothing, and what others answer there. */
export async function serveStatus(options: StatusOptions): Promise<HttpServer> {
  const { bind, log, registry, beside, hasSynced, servesTree, lives } = options
  const pprof = options.pprof === null ? null : await loadPprof(options.pprof)
  // Any path is the probe of the program replaced, also one that is not enabled.
  const probe: Handler = () =>
    hasSynced() ? new Response('', { headers: safeHeaders }) : line(503, 'repo is not ready')
  return serve({
    bind,
    flag: 'http-bind',
    log,
    limits: beside === null ? {} : { ownLimit: beside.ownLimit },
    handler: routes(
      {
        ...beside?.paths,
        '/readyz': {
          GET: async () =>
            (await servesTree()) ? line(200, 'ok') : line(503, 'no whole tree is served yet'),
        },
        '/healthz': {
          GET: () => (lives() ? line(200, 'ok') : line(503, 'the loop stands still')),
        },
        ...(registry === null ? {} : { '/metrics': { GET: () => exposition(registry) } }),
      },
      (request, info) =>
        pprof !== null && /^\/debug\/pprof(\/|$)/.test(info.path)
          ? pprof(request, info)
          : probe(request, info),
    ),
  })
}

/** Code that most never ask for is not loaded for them. */
async function loadPprof(options: PprofOptions): Promise<Handler> {
  const { pprof } = await import('./pprof.ts')
  return pprof(options)
}

function exposition(registry: Registry): Response {
  return new Response(registry.text(), {
    headers: { 'content-type': metricsContentType, ...safeHeaders },
  })
}
