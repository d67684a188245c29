import { afterAll, expect, setDefaultTimeout } from 'bun:test'
import { readFile, writeFile } from 'node:fs/promises'
import { createMetrics } from '#git-sync/metrics.ts'
import { needs } from '#test/fixtures/needs.ts'
import { freePort } from '#test/fixtures/ports.ts'
import { lint } from '#test/fixtures/promtool.ts'
import { createRepository } from '#test/fixtures/repository.ts'
import { type Sidecar, startSidecar } from '#test/fixtures/sidecar.ts'
import { temporaryFolder } from '#test/fixtures/temp.ts'
import { until } from '#test/fixtures/until.ts'
import { startGitSync } from './git-sync-run.ts'

setDefaultTimeout(30_000)

const { test } = needs('promtool')

const folder = temporaryFolder('metrics')
afterAll(() => folder.remove())

/** Published names that Prometheus' own taste came after: dashboards know them, so they stay. */
const knownComplaints = [
  'git_sync_askpass_calls counter metrics should have "_total" suffix',
  'git_sync_refresh_github_app_token_count counter metrics should have "_total" suffix',
  'git_sync_refresh_github_app_token_count non-histogram and non-summary metrics should not have "_count" suffix',
]

/** A server that answers 200 and that text to everything. */
function answering(text: string) {
  const server = Bun.serve({ port: 0, hostname: '127.0.0.1', fetch: () => new Response(text) })
  return { url: server.url.href, [Symbol.asyncDispose]: () => server.stop(true) }
}

async function metricsOf(sidecar: Sidecar): Promise<string> {
  const { address } = JSON.parse(await sidecar.line('serving HTTP'))
  const response = await fetch(`http://${address}/metrics`)
  expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
  return response.text()
}

async function reached(sidecar: Sidecar, ...series: readonly string[]): Promise<void> {
  for (const line of series) {
    const there = async (): Promise<true | null> =>
      (await metricsOf(sidecar)).includes(`${line}\n`) || null
    await until(there, { what: line })
  }
}

/** What depends on the machine and the moment is a mark: seconds spent, and the process' own. */
function withoutMoments(text: string): string {
  return text.replaceAll(/^(git_sync_duration_seconds_sum\S*|process_\w+) [\d.]+$/gm, '$1 <number>')
}

test('all that is told of a known history is what the file in test/golden says', async () => {
  await using repository = await createRepository()
  await using askpass = answering('username=ann\npassword=secret-word\n')
  await using webhook = answering('')
  const hook = folder.at('hook')
  await writeFile(hook, '#!/bin/sh\nexit 0\n', { mode: 0o755 })
  const failing = folder.at('failing')
  await writeFile(failing, '#!/bin/sh\nexit 1\n', { mode: 0o755 })
  const flags = [
    ...['--period=1h', '--sync-on-signal=SIGHUP', '--ref=main', '--max-failures=-1'],
    ...['--http-bind=127.0.0.1:0', '--http-metrics', `--askpass-url=${askpass.url}`],
    ...[`--exechook-command=${hook}`, `--webhook-url=${webhook.url}`],
    ...[`--pre-publish-exechook-command=${failing}`, '--pre-publish-exechook-backoff=1h'],
    ...['--gate-command=sh', '--gate-arg=-c', '--gate-arg=test ! -e bad'],
  ]
  const root = folder.at('root')
  await using sidecar = startGitSync({ repo: repository.url, root, flags })
  const passes = (status: string, count: number): string =>
    `git_sync_count_total{status="${status}"} ${count}`
  const hooks = (name: string, status: string, count: number): string =>
    `git_sync_hook_run_count_total{name="${name}",status="${status}"} ${count}`

  await reached(sidecar, passes('success', 1))
  await reached(sidecar, hooks('exechook', 'success', 1), hooks('webhook', 'success', 1))
  await reached(sidecar, hooks('pre-publish-exechook', 'error', 1))
  for (const count of [1, 2]) {
    sidecar.signal('SIGHUP')
    await reached(sidecar, passes('noop', count))
  }
  await repository.publish({ 'index.html': 'two\n' })
  sidecar.signal('SIGHUP')
  await reached(sidecar, passes('success', 2), 'git_fetch_count_total 2')
  await reached(sidecar, hooks('exechook', 'success', 2), hooks('webhook', 'success', 2))
  await repository.publish({ bad: '' })
  sidecar.signal('SIGHUP')
  await reached(sidecar, passes('error', 1), 'git_sync_refused_commits_total{by="gate"} 1')
  await repository.branch('main', null)
  sidecar.signal('SIGHUP')
  await reached(sidecar, passes('error', 2))

  const told = withoutMoments(await metricsOf(sidecar))
  expect(told).toBe(await readFile(`${import.meta.dir}/../golden/git-sync-metrics.txt`, 'utf8'))
})

test('Prometheus takes everything that git-sync can tell, under the known names', async () => {
  const metrics = createMetrics()
  for (const status of ['success', 'error'] as const) {
    metrics.synced(status, 0.25)
    metrics.hookRan('exechook', status)
    metrics.askpassCalled(status)
    metrics.githubTokenAsked(status)
  }
  metrics.synced('noop', 0.001)
  metrics.fetched()
  metrics.commitRefused('signature')
  expect(await lint(metrics.registry.text())).toEqual(knownComplaints)
})

test('Prometheus takes what topz tells without a complaint', async () => {
  const address = `127.0.0.1:${freePort()}`
  await using topz = startSidecar(['topz', `--addr=${address}`])
  await topz.line('Serving on')
  const text = await (await fetch(`http://${address}/metrics`)).text()
  expect(text).toContain('topz_process_cpu_seconds_total{')
  expect(await lint(text)).toEqual([])
})
