import { afterAll, expect, setDefaultTimeout, test } from 'bun:test'
import { createRepository } from '#test/fixtures/repository.ts'
import { temporaryFolder } from '#test/fixtures/temp.ts'
import { until } from '#test/fixtures/until.ts'
import { startGitSync, syncOnce } from './git-sync-run.ts'
import { hookRuns, scriptsIn, withMetrics } from './hook-scripts.ts'
import { type Asked, startWebhookServer, type WebhookServer } from './webhook-server.ts'

setDefaultTimeout(30_000)

const folder = temporaryFolder('webhooks')
afterAll(() => folder.remove())
const { path } = scriptsIn(folder)

const failing = (): Response => new Response('no', { status: 500 })

function askedAt(server: WebhookServer, path: string): readonly Asked[] {
  return server.asked.filter((one) => one.path === path)
}

test('each of several webhooks is told, and one that hangs or fails delays no other', async () => {
  await using repository = await createRepository()
  using server = startWebhookServer(({ path }) => {
    if (path === '/hangs') return new Promise(() => {})
    return path === '/fails' ? failing() : new Response()
  })
  const flags = [
    ...['hangs', 'fails', 'good', 'too'].map((name) => `--webhook-url=${server.url}/${name}`),
    ...['--webhook-timeout=1h', '--webhook-backoff=1h'],
  ]
  const root = path('root')
  await using _sidecar = startGitSync({ repo: repository.url, root, flags })
  const commits: string[] = []
  for (const a of ['1\n', '2\n', '3\n']) {
    commits.push(await repository.publish({ a }))
    for (const name of ['/good', '/too']) {
      await until(() => askedAt(server, name).at(-1)?.hash === commits.at(-1) || null)
    }
  }
  // the first is still being asked, and the second waits for its time
  expect(askedAt(server, '/hangs')).toHaveLength(1)
  expect(askedAt(server, '/fails')).toHaveLength(1)
})

test('several webhooks in the environment are parted by blanks and line ends; one twice is one', async () => {
  await using repository = await createRepository()
  using server = startWebhookServer()
  const [a, b] = [`${server.url}/a`, `${server.url}/b`]
  const paths = async (env: Record<string, string>, ...flags: readonly string[]) => {
    const before = server.asked.length
    const { code } = await syncOnce({ repo: repository.url, root: path('root'), flags, env })
    expect(code).toBe(0)
    return server.asked
      .slice(before)
      .map((one) => one.path)
      .toSorted()
  }
  expect(await paths({ GITSYNC_WEBHOOK_URL: `\n  ${a}\t${b}\n${a} \n` })).toEqual(['/a', '/b'])
  expect(await paths({ GIT_SYNC_WEBHOOK_URL: `${a} ${b}` })).toEqual(['/a', '/b'])
  expect(await paths({}, `--webhook-url=${a}`, `--webhook-url=${a}`)).toEqual(['/a'])
  const env = { GITSYNC_WEBHOOK_URL: b }
  expect(await paths(env, '--webhook-url', a)).toEqual(['/a'])
  expect(await paths(env, '--webhook-url=')).toEqual([])
  expect(await paths({ GITSYNC_WEBHOOK_URL: ' ' })).toEqual([])
})

test('a line of the log tells which webhook it was, without its secrets; all are counted as one', async () => {
  await using repository = await createRepository()
  using server = startWebhookServer(({ path }) =>
    path.includes('bad') ? failing() : new Response(),
  )
  const host = server.url.replace('//', '//ann:hidden-word@')
  const flags = [
    ...['good', 'bad'].map((name) => `--webhook-url=${host}/hidden-word/${name}`),
    ...['--webhook-backoff=1h', '-v=9', ...withMetrics],
  ]
  await using sidecar = startGitSync({ repo: repository.url, root: path('root'), flags })
  await sidecar.line('ran the webhook')
  await sidecar.line('webhook failed')
  const url = `${server.url}/[redacted]`
  const lineOf = (msg: string) => sidecar.log().find((line) => line.msg === msg)
  expect(lineOf('ran the webhook')).toMatchObject({ url, webhook: 1, status: 200 })
  expect(lineOf('webhook failed')).toMatchObject({ url, webhook: 2 })
  expect(lineOf('starting up')?.options).toMatchObject({ 'webhook-url': `${url} ${url}` })
  expect(sidecar.stderr.join('\n')).not.toContain('hidden-word')
  expect(await hookRuns(sidecar)).toEqual({ 'webhook success': 1, 'webhook error': 1 })
})
