import { afterAll, expect, setDefaultTimeout, test } from 'bun:test'
import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { createRepository } from '#test/fixtures/repository.ts'
import { temporaryFolder } from '#test/fixtures/temp.ts'
import { until } from '#test/fixtures/until.ts'
import { errorsOf, startGitSync, syncOnce, untilPublished } from './git-sync-run.ts'
import { scriptsIn, untilLines } from './hook-scripts.ts'
import { startWebhookServer } from './webhook-server.ts'

setDefaultTimeout(30_000)

const folder = temporaryFolder('webhook')
afterAll(() => folder.remove())
const { path, script } = scriptsIn(folder)

const failing = (): Response => new Response('no', { status: 500 })

test('the webhook is asked once for each change and at the start, with the hash and no body', async () => {
  await using repository = await createRepository()
  using server = startWebhookServer()
  const root = path('root')
  const options = { repo: repository.url, root, flags: [`--webhook-url=${server.url}/hook?a=b`] }
  await using sidecar = startGitSync({ ...options, flags: [...options.flags, '-v=5'] })
  const first = await repository.resolve()
  await server.untilAsked(1)
  const polls = () => sidecar.stderr.filter((line) => line.includes('"ls-remote"')).length
  const before = polls()
  await until(() => polls() > before + 3 || null)
  const second = await repository.publish({ a: '2\n' })
  await server.untilAsked(2)
  await sidecar.stop()
  // another process, and nothing has changed
  expect(await syncOnce(options)).toMatchObject({ code: 0, errors: [] })
  const nothing = { login: null, type: null, delivery: null, signature: null, body: '' }
  const asked = { method: 'POST', path: '/hook?a=b', ...nothing }
  expect(server.asked.map(({ host: _, ...one }) => one)).toEqual([
    { ...asked, hash: first },
    { ...asked, hash: second },
    { ...asked, hash: second },
  ])
})

test('the webhook is asked by the given method', async () => {
  await using repository = await createRepository()
  using server = startWebhookServer()
  for (const method of ['GET', 'PUT', 'delete', 'NOTIFY', '']) {
    const flags = [`--webhook-url=${server.url}`, `--webhook-method=${method}`]
    await syncOnce({ repo: repository.url, root: path('root'), flags })
  }
  const methods = server.asked.map(({ method }) => method)
  expect(methods).toEqual(['GET', 'PUT', 'DELETE', 'NOTIFY', 'GET'])
  const flags = [`--webhook-url=${server.url}`, '--webhook-method=NO SUCH']
  const { code, errors } = await syncOnce({ repo: repository.url, root: path('root'), flags })
  expect(code).toBe(1)
  expect(errors[0]).toContain('--webhook-method NO SUCH')
})

test('one status is a success, 200 when none is given; 0 and -1 take any', async () => {
  await using repository = await createRepository()
  using server = startWebhookServer(
    ({ path }) => new Response(null, { status: Number(path.slice(1)) }),
  )
  const results: Record<string, number> = {}
  for (const status of [200, 204, 500]) {
    for (const wanted of ['', '204', '0', '-1']) {
      const set = wanted === '' ? [] : [`--webhook-success-status=${wanted}`]
      const flags = [`--webhook-url=${server.url}/${status}`, ...set]
      const { code, errors } = await syncOnce({ repo: repository.url, root: path('root'), flags })
      results[`${status} for ${wanted}`] = code
      expect(errors).toHaveLength(code)
      if (code === 1) expect(errors[0]).toContain(`answered ${status}, not`)
    }
  }
  const good = Object.keys(results).filter((name) => results[name] === 0)
  expect(good).toEqual([
    ...['200 for ', '200 for 0', '200 for -1'],
    ...['204 for 204', '204 for 0', '204 for -1', '500 for 0', '500 for -1'],
  ])
})

test('a webhook that fails is asked again after its pause with the newest hash, and then not', async () => {
  await using repository = await createRepository()
  const open = Promise.withResolvers<void>()
  using server = startWebhookServer(async (_, count) => {
    if (count === 1) await open.promise
    return count < 3 ? failing() : new Response('ok')
  })
  const root = path('root')
  const flags = [
    ...[`--webhook-url=${server.url}`, '--webhook-timeout=20s', '--webhook-backoff=1s'],
    ...['--http-bind=127.0.0.1:0', '--http-metrics', '--error-file=error'],
  ]
  await using sidecar = startGitSync({ repo: repository.url, root, flags })
  const first = await repository.resolve()
  await server.untilAsked(1)
  // a slow webhook holds no publication up
  for (const a of ['2\n', '3\n']) {
    await untilPublished(`${root}/site`, await repository.publish({ a }))
  }
  const newest = await repository.resolve()
  open.resolve()
  await sidecar.line('ran the webhook')
  expect(server.asked.map(({ hash }) => hash)).toEqual([first, newest, newest])
  expect(errorsOf(sidecar)).toHaveLength(2)
  expect(existsSync(`${root}/error`)).toBe(false)
  const { address } = JSON.parse(await sidecar.line('serving HTTP'))
  const text = await (await fetch(`http://${address}/metrics`)).text()
  expect(text).toContain('git_sync_hook_run_count_total{name="webhook",status="error"} 2\n')
  expect(text).toContain('git_sync_hook_run_count_total{name="webhook",status="success"} 1\n')
})

test('the pause before the webhook is asked again is its own', async () => {
  await using repository = await createRepository()
  using server = startWebhookServer(failing)
  const seldom = path('seldom')
  // the exechook is the clock: by the default pause both would have run as often
  const flags = [
    ...[`--webhook-url=${server.url}`, '--webhook-backoff=1s'],
    `--exechook-command=${await script(`echo run >>${seldom}; exit 1`)}`,
    '--exechook-backoff=4s',
  ]
  await using _sidecar = startGitSync({ repo: repository.url, root: path('root'), flags })
  await untilLines(seldom, 2)
  expect(server.asked.length).toBeGreaterThanOrEqual(3)
})

test('a webhook has its time limit, and no more than that', async () => {
  await using repository = await createRepository()
  const slowly = async (): Promise<Response> => {
    await Bun.sleep(1500)
    return new Response('at last')
  }
  using server = startWebhookServer(slowly)
  const run = (...flags: readonly string[]) => {
    const all = [`--webhook-url=${server.url}`, ...flags]
    return syncOnce({ repo: repository.url, root: path('root'), flags: all })
  }
  const [usual, patient] = await Promise.all([run(), run('--webhook-timeout=20s')])
  expect(patient).toMatchObject({ code: 0, errors: [] })
  expect(usual.code).toBe(1)
  expect(usual.errors[0]).toContain('within 1s')
})

test('in one-time mode the webhook is asked once, waited for, and its failure is exit code 1', async () => {
  await using repository = await createRepository()
  using server = startWebhookServer(async ({ path }) => {
    await Bun.sleep(300)
    return path === '/good' ? new Response('ok') : failing()
  })
  const root = path('root')
  const run = (name: string) => {
    const flags = [`--webhook-url=${server.url}/${name}`, '--error-file=error']
    return syncOnce({ repo: repository.url, root, flags })
  }
  expect((await run('good')).code).toBe(0)
  expect((await run('bad')).code).toBe(1)
  expect(existsSync(`${root}/error`)).toBe(false)
  expect(server.asked.map(({ path }) => path)).toEqual(['/good', '/bad'])
})

test('a tree that is built again does not ask the webhook again', async () => {
  await using repository = await createRepository()
  using server = startWebhookServer()
  const root = path('root')
  const flags = [`--webhook-url=${server.url}`]
  await using sidecar = startGitSync({ repo: repository.url, root, flags })
  const first = await repository.resolve()
  await server.untilAsked(1)
  await rm(`${root}/.worktrees/${first}`, { recursive: true })
  await until(() => sidecar.log().filter(({ msg }) => msg === 'published').length === 2 || null)
  const second = await repository.publish({ a: '2\n' })
  await server.untilAsked(2)
  expect(server.asked.map(({ hash }) => hash)).toEqual([first, second])
})
