import { afterAll, expect, setDefaultTimeout, test } from 'bun:test'
import { createHmac } from 'node:crypto'
import { lstatSync } from 'node:fs'
import { rm, writeFile } from 'node:fs/promises'
import { startGitHttp } from '#test/fixtures/git-http.ts'
import { needs } from '#test/fixtures/needs.ts'
import { createRepository } from '#test/fixtures/repository.ts'
import { temporaryFolder } from '#test/fixtures/temp.ts'
import { errorsOf, startGitSync, syncOnce } from './git-sync-run.ts'
import { scriptsIn } from './hook-scripts.ts'
import { type Asked, startWebhookServer } from './webhook-server.ts'

setDefaultTimeout(30_000)

const folder = temporaryFolder('webhook-body')
afterAll(() => folder.remove())
const { path } = scriptsIn(folder)
const web = needs('nginx', 'fcgiwrap', 'openssl')

const failing = (): Response => new Response('no', { status: 500 })

/** What the receiver computes by itself. */
function signed(body: string, secret: string | Uint8Array): string {
  return `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`
}

function eventOf({ body }: Asked): Record<string, unknown> {
  return JSON.parse(body)
}

test('a webhook with a body is told commit, previous commit, ref and time', async () => {
  await using repository = await createRepository()
  using server = startWebhookServer()
  const root = path('root')
  const flags = [`--webhook-url=${server.url}/hook`, '--webhook-body=json', '--ref=main']
  const options = { repo: repository.url, root, flags }
  const startedMs = Date.now()
  await using sidecar = startGitSync(options)
  const first = await repository.resolve()
  await server.untilAsked(1)
  const second = await repository.publish({ a: '2\n' })
  await server.untilAsked(2)
  await sidecar.stop()
  const flippedMs = lstatSync(`${root}/site`).mtimeMs
  // another process tells of the same publication
  await syncOnce(options)
  const events = server.asked.map(eventOf)
  const same = { ref: 'main', repo: repository.url }
  expect(events).toMatchObject([
    { ...same, commit: first, previous: null },
    { ...same, commit: second, previous: first },
    { ...same, commit: second, previous: first },
  ])
  for (const event of events) {
    expect(Object.keys(event)).toEqual(['id', 'commit', 'previous', 'ref', 'repo', 'time'])
    expect(event.time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
    expect(Date.parse(String(event.time))).toBeWithin(startedMs, Date.now() + 1)
  }
  expect(events[2]?.time).toEqual(events[1]?.time)
  expect(Date.parse(String(events[1]?.time))).toBeGreaterThanOrEqual(Math.floor(flippedMs))
  expect(new Set(events.map(({ id }) => id)).size).toBe(3)
  for (const [index, asked] of server.asked.entries()) {
    expect(asked).toMatchObject({ method: 'POST', type: 'application/json', signature: null })
    expect(asked).toMatchObject({ hash: events[index]?.commit, delivery: events[index]?.id })
  }
})

test('a body is signed with the secret of that moment', async () => {
  await using repository = await createRepository()
  const secretFile = path('secret')
  using server = startWebhookServer(async (_, count) => {
    if (count > 1) return new Response()
    // rotated between two tries
    await writeFile(secretFile, 'second secret\nand what is below it\n')
    return failing()
  })
  await writeFile(secretFile, ' first secret \r\n')
  const flags = [`--webhook-url=${server.url}`, '--webhook-body=json', '--webhook-backoff=1s']
  const signing = [...flags, `--webhook-secret-file=${secretFile}`]
  const root = path('root')
  await using sidecar = startGitSync({ repo: repository.url, root, flags: [...signing, '-v=9'] })
  const [failed, retried] = await server.untilAsked(2)
  expect(failed?.signature).toBe(signed(failed?.body ?? '', ' first secret '))
  expect(retried?.signature).toBe(signed(retried?.body ?? '', 'second secret'))
  // whoever took the first one knows the second by its name
  expect(retried?.body).toBe(failed?.body ?? '')
  expect(retried?.delivery).toBe(failed?.delivery ?? '')
  const bytes = new Uint8Array([0xff, 0x00, 0x80])
  await writeFile(secretFile, bytes)
  await repository.publish({ a: '2\n' })
  const [, , odd] = await server.untilAsked(3)
  expect(odd?.signature).toBe(signed(odd?.body ?? '', bytes))
  expect(odd?.delivery).not.toBe(failed?.delivery ?? '')
  expect(sidecar.stderr.join('\n')).not.toMatch(/first secret|second secret/)
})

test('a secret that cannot be read is an error of one line, and is tried again', async () => {
  await using repository = await createRepository()
  using server = startWebhookServer()
  const secretFile = path('secret')
  const flags = [
    ...[`--webhook-url=${server.url}`, '--webhook-body=json', '--webhook-backoff=1s'],
    `--webhook-secret-file=${secretFile}`,
  ]
  await using sidecar = startGitSync({ repo: repository.url, root: path('root'), flags })
  await sidecar.line('webhook failed')
  await writeFile(secretFile, '\nsecret\n')
  await sidecar.line('its first line is empty')
  expect(server.asked).toEqual([])
  await writeFile(secretFile, 'secret')
  const [asked] = await server.untilAsked(1)
  expect(asked?.signature).toBe(signed(asked?.body ?? '', 'secret'))
  const [missing] = errorsOf(sidecar)
  expect(JSON.parse(missing ?? '').error).toBe(
    `Cannot read --webhook-secret-file "${secretFile}": ENOENT: no such file or directory, open '${secretFile}'`,
  )
  await rm(secretFile)
  const once = await syncOnce({ repo: repository.url, root: path('root'), flags })
  expect({ code: once.code, errors: once.errors.length }).toEqual({ code: 1, errors: 1 })
})

web.test('a body names the repository without its login', async () => {
  await using repository = await createRepository()
  await using host = await startGitHttp(repository, { user: 'ann', password: 'hidden-word' })
  using server = startWebhookServer()
  const repo = host.url.replace('//', '//ann:hidden-word@')
  const flags = [`--webhook-url=${server.url}`, '--webhook-body=json']
  expect((await syncOnce({ repo, root: path('root'), flags })).code).toBe(0)
  expect(server.asked.map(eventOf)).toMatchObject([{ repo: host.url, ref: 'HEAD' }])
})

test('a body is not sent on by a redirect', async () => {
  await using repository = await createRepository()
  using server = startWebhookServer(({ path }) =>
    path === '/moved'
      ? new Response(null, { status: 308, headers: { location: '/new' } })
      : new Response(),
  )
  const flags = [`--webhook-url=${server.url}/moved`, '--webhook-body=json']
  const { code, errors } = await syncOnce({ repo: repository.url, root: path('root'), flags })
  expect(code).toBe(1)
  expect(errors[0]).toContain('answered 308')
  expect(errors[0]).toContain('give the URL it leads to')
  expect(server.asked.map(({ path }) => path)).toEqual(['/moved'])
})
