import { hostname } from 'node:os'
import { formatDuration } from '#kit/duration.ts'
import { serve } from '#kit/http.ts'
import type { ValuesOf } from '#kit/options.ts'
import type { World } from '#kit/run.ts'
import { History, historyBytes } from '#topz/history/history.ts'
import { pageAssets } from '#topz/page/assets.ts'
import { limitsByName } from '#topz/sample/limits.ts'
import { Sampler } from '#topz/sample/sampler.ts'
import { PodMetrics } from '#topz/views/metrics.ts'
import { guarded } from './access.ts'
import { createLeftovers } from './leftovers.ts'
import { createMoments } from './moments.ts'
import type { options } from './options.ts'
import { topzRoutes } from './routes.ts'
import { readSendQueues } from './send-queues.ts'
import { createViewers } from './viewers.ts'

/**
 * Serves until it is told to stop.
 *
 * @throws when the address cannot be listened on, or the process file system cannot be read
 */
export async function daemon(world: World<ValuesOf<typeof options>>): Promise<number> {
  const { options, clock, log, stop, stdout } = world
  const metrics = new PodMetrics({ procRoot: options.procRoot })
  const limits = limitsByName(options.limits)
  const history = options.history === 0 ? null : new History({ spanMs: options.history })
  const sampler = new Sampler({
    procRoot: options.procRoot,
    clock,
    limits,
    onOomKill: () => moments.hurry(),
  })
  sampler.check()
  const leftovers = createLeftovers()
  const moments = createMoments({
    sampler,
    clock,
    log,
    onRest: () => leftovers.left(),
    intervalMs: options.interval,
    onTable: (table, monotonicMs) => {
      metrics.update(table)
      history?.record(table, monotonicMs)
      leftovers.sampled(table.processes.length, { followed: streams.count > 0 })
    },
  })

  const streams = createViewers({
    clock,
    moments,
    unsent: () => readSendQueues(options.procRoot, server.port),
  })

  const host = hostname()
  const handler = topzRoutes({
    ...{ moments, history, streams, metrics, host },
    assets: pageAssets,
    details: (process, asked) => sampler.details(process, asked),
    environment: options.environment,
  })
  const server = await serve({
    bind: options.addr,
    flag: 'addr',
    log,
    handler: guarded(handler, { ...options, hostname: host, log }),
  })
  stdout(`Serving on ${server.address}`)
  if (history !== null) {
    log.info('one can look back', {
      for: formatDuration(options.history),
      mostBytes: historyBytes,
      idleInterval: formatDuration(options.idleInterval),
    })
  }
  const going = history === null ? null : moments.goOn(options.idleInterval, stop)

  await stopped(stop)
  await going
  streams.close()
  await server.close()
  sampler.close()
  return 0
}

function stopped(stop: AbortSignal): Promise<void> {
  if (stop.aborted) return Promise.resolve()
  return new Promise((resolve) => stop.addEventListener('abort', () => resolve(), { once: true }))
}
