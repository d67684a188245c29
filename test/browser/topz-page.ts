import { systemClock } from '#kit/clock.ts'
import { serve } from '#kit/http.ts'
import { History } from '#topz/history/history.ts'
import { madeUpPod } from '#topz/model/made-up-pod.ts'
import type { Table } from '#topz/model/table.ts'
import { pageAssets } from '#topz/page/assets.ts'
import { topzRoutes } from '#topz/routes.ts'
import type { Details } from '#topz/sample/details.ts'
import { createViewers } from '#topz/viewers.ts'
import { PodMetrics } from '#topz/views/metrics.ts'

export interface PodServer extends AsyncDisposable {
  readonly url: string
  readonly address: string
  readonly viewers: number
  /** Shows another moment to all who look. */
  show(table: Table): void
}

const madeUpDetails: Details = {
  memory: { pssBytes: 288 * 2 ** 20, ussBytes: 280 * 2 ** 20, swapBytes: 0, tookMs: 1.4 },
  threads: [{ tid: 41, name: 'node', state: 'R', cpuSeconds: 90, waitSeconds: 2 }],
  openFiles: { socket: 180, file: 30, pipe: 4 },
  limits: [{ name: 'Max open files', soft: 1024, hard: 4096, unit: 'files' }],
  environment: null,
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
    details: async () => madeUpDetails,
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
