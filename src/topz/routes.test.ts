import { expect, test } from 'bun:test'
import { systemClock } from '#kit/clock.ts'
import { madeUpPod } from '#topz/model/made-up-pod.ts'
import type { Table } from '#topz/model/table.ts'
import { PodMetrics } from '#topz/views/metrics.ts'
import { rounded } from '#topz/views/rounded.ts'
import type { Schema } from '#topz/views/schema/schema.ts'
import { faultsOf } from '#topz/views/schema/validate-for-tests.ts'
import { topzRoutes } from './routes.ts'
import { createViewers } from './viewers.ts'

const metrics = new PodMetrics()
metrics.update(madeUpPod)
const handler = topzRoutes({
  moments: { now: async () => madeUpPod },
  history: null,
  details: async () => null,
  environment: false,
  streams: createViewers({ clock: systemClock, moments: { watch: () => () => {} } }),
  metrics,
  assets: { script: 'let a = 1', style: `a{}${' '.repeat(5000)}` },
  host: 'pod-1',
})

async function ask(
  path: string,
  headers: Readonly<Record<string, string>> = {},
  method = 'GET',
): Promise<Response> {
  const request = new Request(`http://pod${path}`, { headers, method })
  const url = new URL(request.url)
  return handler(request, {
    path: url.pathname,
    query: url.searchParams,
    remote: null,
    idleLimit: () => {},
  })
}

const text = 'text/plain; charset=utf-8'
const html = 'text/html; charset=utf-8'
const json = 'application/json; charset=utf-8'

test('the same address gives text, JSON or the page, as the client wants', async () => {
  const types: (string | null)[] = []
  for (const accept of ['*/*', 'application/json', 'text/html,*/*;q=0.8']) {
    const response = await ask('/topz', { accept })
    expect(response.headers.get('vary')).toContain('Accept')
    types.push(response.headers.get('content-type'))
  }
  expect(types).toEqual([text, json, html])
})

test('text is that of all processes, PID ascending, without header', async () => {
  const lines = (await (await ask('/topz')).text()).trimEnd().split('\n')
  expect(lines.map((line) => Number.parseInt(line, 10))).toEqual([
    1, 7, 12, 13, 40, 41, 55, 77, 118,
  ])
})

test('text, wide text and JSON take sort, n and c', async () => {
  const wide = await (await ask('/topz?wide&sort=mem&n=1')).text()
  expect(wide).toMatch(/^app .*server\.js/m)
  const some = (await (await ask('/topz.json?c=nginx')).json()) as Table
  expect(some.schema).toBe(1)
  expect(some.processes).toHaveLength(3)
  expect((await ask('/topz?c=nobody')).status).toBe(404)
  expect((await ask('/topz?n=x')).status).toBe(400)
})

test('JSON is the table, without digits that mean nothing', async () => {
  const table = (await (await ask('/topz.json')).json()) as Table
  expect(table).toEqual(JSON.parse(JSON.stringify(rounded(madeUpPod))))
  expect(table.processes.find(({ pid }) => pid === 41)?.memoryOfLimit).toBe(0.5898)
  const schema = (await (await ask('/topz/schema.json')).json()) as Schema
  expect(faultsOf(table, schema)).toEqual([])
})

test('the page allows nothing but its own files, and nobody to frame or keep it', async () => {
  const { headers } = await ask('/topz', { accept: 'text/html' })
  const policy = headers.get('content-security-policy') ?? ''
  expect(policy).toContain("default-src 'none'")
  expect(policy).toContain("frame-ancestors 'none'")
  expect(policy).not.toContain('unsafe')
  expect(headers.get('x-content-type-options')).toBe('nosniff')
  expect(headers.get('cache-control')).toBe('no-store')
  expect(headers.get('access-control-allow-origin')).toBeNull()
})

test('large answers are compressed for who takes that', async () => {
  const gzipped = await ask('/topz/page.css', { 'accept-encoding': 'br, gzip' })
  expect(gzipped.headers.get('content-encoding')).toBe('gzip')
  expect(Bun.gunzipSync(await gzipped.arrayBuffer()).length).toBe(5003)
  const refused = await ask('/topz/page.css', { 'accept-encoding': 'gzip;q=0' })
  expect(refused.headers.get('content-encoding')).toBeNull()
})

test('redirects are relative, so that they hold below any prefix', async () => {
  expect((await ask('/')).headers.get('location')).toBe('topz')
  expect((await ask('/topz/')).headers.get('location')).toBe('../topz')
})

test('metrics, health, and nothing else', async () => {
  const answer = await ask('/metrics')
  expect(answer.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
  expect(await answer.text()).toContain('topz_processes{container="nginx",program="nginx"} 3\n')
  expect(await (await ask('/healthz')).text()).toBe('ok\n')
  const lost = await ask('/topz/../etc/passwd')
  expect([lost.status, await lost.text()]).toEqual([404, 'There is nothing here\n'])
  expect((await ask('/topz', {}, 'POST')).status).toBe(405)
})

test('another site takes no place at the stream and embeds nothing', async () => {
  const foreign = await ask('/topz/stream', { 'sec-fetch-site': 'cross-site' })
  expect(foreign.status).toBe(403)
  const own = await ask('/topz/stream', { 'sec-fetch-site': 'same-origin' })
  expect(own.status).toBe(200)
  await own.body?.cancel()
  const asked = await ask('/topz/stream', {}, 'HEAD')
  expect([asked.status, asked.body]).toEqual([200, null])
  expect(asked.headers.get('content-type')).toBe('text/event-stream; charset=utf-8')
  const page = await ask('/topz', { accept: 'text/html' })
  expect(page.headers.get('cross-origin-resource-policy')).toBe('same-origin')
})
