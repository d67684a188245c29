import { type HttpServer, line, routes, safeHeaders, serve } from '#kit/http.ts'
import type { Log } from '#kit/log.ts'
import { metricsContentType, type Registry } from '#kit/metrics.ts'

export interface StatusOptions {
  readonly bind: string
  readonly log: Log
  /** Null when nobody wants metrics. */
  readonly registry: Registry | null
  /** Profiles at /debug/pprof/. */
  readonly pprof: boolean
  /** A pass of this process was good. */
  readonly hasSynced: () => boolean
  /** Consumers find a tree behind the link, also one of an earlier process. */
  readonly servesTree: () => Promise<boolean>
  /** The loop has turned lately. */
  readonly lives: () => boolean
}

/** What probes and scrapers are told. Nothing here changes anything. */
export async function serveStatus(options: StatusOptions): Promise<HttpServer> {
  const { bind, log, registry, hasSynced, servesTree, lives } = options
  const notReady = (): Response => line(503, 'repo is not ready')
  return serve({
    bind,
    flag: 'http-bind',
    log,
    handler: routes(
      {
        '/readyz': {
          GET: async () =>
            (await servesTree()) ? line(200, 'ok') : line(503, 'no whole tree is served yet'),
        },
        '/healthz': {
          GET: () => (lives() ? line(200, 'ok') : line(503, 'the loop stands still')),
        },
        ...(registry === null ? {} : { '/metrics': { GET: () => exposition(registry) } }),
      },
      // Any other path is the probe of the program replaced.
      () => (hasSynced() ? new Response('', { headers: safeHeaders }) : notReady()),
    ),
  })
}

function exposition(registry: Registry): Response {
  return new Response(registry.text(), {
    headers: { 'content-type': metricsContentType, ...safeHeaders },
  })
}
