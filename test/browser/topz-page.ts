import { systemClock } from '#kit/clock.ts'
import { serve } from '#kit/http.ts'
import { History } from '#topz/history/history.ts'
import { madeUpPod } from '#topz/model/made-up-pod.ts'
import type { Table } from '#topz/model/table.ts'
import { pageAssets } from '#topz/page/assets.ts'
import { topzRoutes } from '#topz/routes.ts'
import { createViewers } from '#topz/viewers.ts'
import { PodMetrics } from '#topz/views/metrics.ts'

export interface PodServer extends AsyncDisposable {
  readonly url: string
  readonly address: string
  readonly viewers: number
  /** Shows another moment to all who look. */
  show(table: Table): void
}

/** Everything topz serves, with tables of the test's own making. */
export async function servePod(bind = '127.0.0.1:0'): Promise<PodServer> {
  let table = madeUpPod
  const history = new History({ spanMs: 900_000 })
  history.record(table, table.takenAtMs)
  const streams = createViewers({ clock: systemClock, moments: { watch: () => () => {} } })
  const handler = topzRoutes({
    moments: { now: async () => table },
    history,
    details: null,
    environment: false,
    streams,
    metrics: new PodMetrics(),
    assets: pageAssets,
    host: 'web-7d9f6c8b5-x2x4q',
  })
  const server = await serve({ bind, log: console, handler })
  return {
    url: `http://${server.address}/topz`,
    address: server.address,
    get viewers() {
      return streams.count
    },
    show(next) {
      table = next
      history.record(table, table.takenAtMs)
      streams.show(table)
    },
    async [Symbol.asyncDispose]() {
      streams.close()
      await server.close({ graceMs: 100 })
    },
  }
}
