import { afterAll, expect, setDefaultTimeout, test } from 'bun:test'
import { startChild } from '#test/fixtures/child.ts'
import { needs } from '#test/fixtures/needs.ts'
import { freePort } from '#test/fixtures/ports.ts'
import { createRepository } from '#test/fixtures/repository.ts'
import { temporaryFolder } from '#test/fixtures/temp.ts'
import { startGitSync, syncOnce } from './git-sync-run.ts'
import { linesOf, scriptsIn } from './hook-scripts.ts'
import { startWebhookServer } from './webhook-server.ts'

setDefaultTimeout(30_000)

const folder = temporaryFolder('webhook-way')
afterAll(() => folder.remove())
const { path, script } = scriptsIn(folder)
const shell = needs('nc')

const failing = (): Response => new Response('no', { status: 500 })

test('no answer is a failure whatever status is taken', async () => {
  await using repository = await createRepository()
  const nobody = `http://127.0.0.1:${freePort()}`
  for (const url of [nobody, 'not a url', 'ftp://127.0.0.1/x']) {
    const flags = [`--webhook-url=${url}`, '--webhook-success-status=0']
    const { code, errors } = await syncOnce({ repo: repository.url, root: path('root'), flags })
    expect({ url, code, errors: errors.length }).toEqual({ url, code: 1, errors: 1 })
    expect(errors[0]).toContain('webhook failed')
  }
})

test('redirects are followed, with the hash', async () => {
  await using repository = await createRepository()
  const to = (path: string, status: number) =>
    new Response(null, { status, headers: { location: path } })
  using server = startWebhookServer(({ path }) =>
    path === '/start' ? to('/same', 307) : path === '/same' ? to('/other', 302) : new Response(),
  )
  const flags = [`--webhook-url=${server.url}/start`]
  const { code } = await syncOnce({ repo: repository.url, root: path('root'), flags })
  expect(code).toBe(0)
  const hash = await repository.resolve()
  expect(server.asked.map(({ method, path, hash }) => ({ method, path, hash }))).toEqual([
    { method: 'POST', path: '/start', hash },
    { method: 'POST', path: '/same', hash },
    { method: 'GET', path: '/other', hash },
  ])
})

test('the proxy of the environment is asked, unless the host is left out', async () => {
  await using repository = await createRepository()
  using proxy = startWebhookServer()
  const env = { http_proxy: proxy.url }
  const through = [`--webhook-url=http://webhook.invalid/there`]
  const options = { repo: repository.url, env }
  const { code } = await syncOnce({ ...options, root: path('root'), flags: through })
  expect(code).toBe(0)
  expect(proxy.asked.map(({ host }) => host)).toEqual(['webhook.invalid'])
  using server = startWebhookServer()
  const direct = [`--webhook-url=${server.url}`]
  const noProxy = { ...env, no_proxy: '127.0.0.1' }
  await syncOnce({ ...options, root: path('root'), flags: direct, env: noProxy })
  expect(server.asked).toHaveLength(1)
  expect(proxy.asked).toHaveLength(1)
})

test('a login in the URL is sent, and nothing of the URL that may be secret is told', async () => {
  await using repository = await createRepository()
  using server = startWebhookServer(({ path }) =>
    path.includes('bad') ? failing() : new Response(),
  )
  const secret = (name: string) =>
    `${server.url.replace('//', '//ann:pa%20ss@')}/path-secret/${name}?key=query-secret`
  const [root, seen] = [path('root'), path('seen')]
  const hook = `--exechook-command=${await script(`env >>${seen}`)}`
  for (const name of ['good', 'bad']) {
    const options = { repo: repository.url, root, flags: ['-v=9', hook, '--error-file=error'] }
    const env = { GITSYNC_WEBHOOK_URL: secret(name) }
    for (const flags of [options.flags, [...options.flags, `--webhook-url=${secret(name)}`]]) {
      const { said } = await syncOnce({ ...options, flags, env })
      for (const text of [said, (await linesOf(seen)).join('\n')]) {
        for (const word of ['pa%20ss', 'pa ss', 'query-secret', 'path-secret']) {
          expect(text).not.toContain(word)
        }
      }
    }
  }
  expect(server.asked[0]).toMatchObject({
    login: `Basic ${btoa('ann:pa ss')}`,
    path: '/path-secret/good?key=query-secret',
  })
})

const answers: readonly (readonly [kind: string, answer: string])[] = [
  ['bare line feeds', 'HTTP/1.1 200 OK\\nContent-Type: text/plain\\n\\nfine\\n'],
  ['a status line alone', 'HTTP/1.0 200 OK\\n\\n'],
  ['an end before the announced length', 'HTTP/1.1 200 OK\\nContent-Length: 1000\\n\\nfine\\n'],
]

for (const [kind, answer] of answers) {
  shell.test(`a webhook server in shell is understood: ${kind}`, async () => {
    await using repository = await createRepository()
    const [port, seen] = [freePort(), path('seen')]
    const loop = `while printf '${answer}' | nc -l -p ${port} -N -w1 >>${seen}; do :; done`
    await using server = startChild([await script(loop)])
    const flags = [`--webhook-url=http://127.0.0.1:${port}/hook`, '--webhook-timeout=5s']
    await using sidecar = startGitSync({
      repo: repository.url,
      root: path('root'),
      flags: [...flags, '--webhook-backoff=1s'],
    })
    await sidecar.line('ran the webhook')
    const lines = (await linesOf(seen)).map((line) => line.trim())
    expect(lines).toContain('POST /hook HTTP/1.1')
    expect(lines).toContain(`Gitsync-Hash: ${await repository.resolve()}`)
    expect(server.running).toBe(true)
  })
}

test('a stop ends a webhook that nobody answers', async () => {
  await using repository = await createRepository()
  using server = startWebhookServer(() => new Promise(() => {}))
  const flags = [`--webhook-url=${server.url}`, '--webhook-timeout=1h']
  await using sidecar = startGitSync({ repo: repository.url, root: path('root'), flags })
  await server.untilAsked(1)
  expect(await sidecar.stop()).toBe(143)
})

test('an answer without an end is read no further than the time limit', async () => {
  await using repository = await createRepository()
  const endless = (): Response =>
    new Response(
      new ReadableStream({
        async pull(stream) {
          await Bun.sleep(20)
          stream.enqueue('more '.repeat(1000))
        },
      }),
    )
  using server = startWebhookServer(endless)
  const flags = [`--webhook-url=${server.url}`, '--webhook-timeout=2s']
  const { code } = await syncOnce({ repo: repository.url, root: path('root'), flags })
  expect(code).toBe(1)
})
