import { afterAll, expect, setDefaultTimeout, test } from 'bun:test'
import { chmod, readFile, writeFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { makeCertificate } from '#test/fixtures/certificate.ts'
import { runChild, startChild } from '#test/fixtures/child.ts'
import { startGitHttp } from '#test/fixtures/git-http.ts'
import { needs } from '#test/fixtures/needs.ts'
import { freePort } from '#test/fixtures/ports.ts'
import { createRepository } from '#test/fixtures/repository.ts'
import { temporaryFolder } from '#test/fixtures/temp.ts'
import { until } from '#test/fixtures/until.ts'
import { expectServes, startGitSync, syncOnce, untilPublished } from './git-sync-run.ts'

setDefaultTimeout(30_000)

const repository = await createRepository({ files: { 'index.html': 'one\n' } })
const commit = await repository.resolve()
const folder = temporaryFolder('askpass')
afterAll(() => Promise.all([repository.remove(), folder.remove()]))

const web = needs('nginx', 'fcgiwrap', 'openssl')
const webTraced = needs('nginx', 'fcgiwrap', 'openssl', 'strace')
const shell = needs('nginx', 'fcgiwrap', 'openssl', 'nc')

let roots = 0
const newRoot = (): string => folder.at(`root-${roots++}`)

interface Askpass extends Disposable {
  readonly url: string
  requests: number
  /** What the next request is answered. */
  answer: () => Response | Promise<Response>
}

function startAskpass(text: string, tls?: { cert: Bun.BunFile; key: Bun.BunFile }): Askpass {
  const askpass: Askpass = {
    url: '',
    requests: 0,
    answer: () => new Response(text),
    [Symbol.dispose]: () => void server.stop(true),
  }
  const server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    ...(tls ? { tls } : {}),
    fetch(request) {
      if (request.method !== 'GET') return new Response('no', { status: 405 })
      askpass.requests++
      return askpass.answer()
    },
  })
  return Object.assign(askpass, { url: `${server.url.origin}/ask?for=site` })
}

async function metric(address: string, series: string): Promise<number> {
  const text = await (await fetch(`http://${address}/metrics`)).text()
  const line = text.split('\n').find((each) => each.startsWith(`${series} `))
  return Number(line?.split(' ')[1] ?? 0)
}

web.test('the login that a URL tells is the login of the repository', async () => {
  await using server = await startGitHttp(repository, { user: 'ann', password: 'p=a ss=' })
  using askpass = startAskpass('username=ann\nnot for us\npassword=p=a ss=\n')
  const root = newRoot()
  const flags = [`--askpass-url=${askpass.url}`]
  expect(await syncOnce({ repo: server.url, root, flags })).toMatchObject({ code: 0, errors: [] })
  await expectServes(`${root}/site`, repository, commit)
  expect(askpass.requests).toBe(1)
  askpass.answer = () => new Response('password=p=a ss=\r\nusername=ann')
  const env = { GITSYNC_ASKPASS_URL: askpass.url }
  expect(await syncOnce({ repo: server.url, root: newRoot(), env })).toMatchObject({ code: 0 })
  askpass.answer = () => new Response('username=ann\npassword=other\n')
  const { code, errors } = await syncOnce({ repo: server.url, root: newRoot(), flags })
  expect({ code, errors: errors.length }).toEqual({ code: 1, errors: 1 })
})

web.test('it is asked before each sync, so that a login changes without a restart', async () => {
  await using repository = await createRepository()
  await using server = await startGitHttp(repository, { user: 'ann', password: 'first' })
  using askpass = startAskpass('username=ann\npassword=first\n')
  const address = `127.0.0.1:${freePort()}`
  const root = newRoot()
  const flags = [
    ...[`--askpass-url=${askpass.url}`, '--max-failures=-1'],
    ...[`--http-bind=${address}`, '--http-metrics'],
  ]
  await using sidecar = startGitSync({ repo: server.url, root, flags })
  await untilPublished(`${root}/site`, await repository.resolve())
  await server.setLogin({ user: 'bob', password: 'second' })
  await sidecar.line('sync failed')
  askpass.answer = () => new Response('username=bob\npassword=second\n')
  const next = await repository.publish({ 'index.html': 'two\n' })
  await untilPublished(`${root}/site`, next)
  askpass.answer = () => new Response('', { status: 503 })
  const failed = (): Promise<number> => metric(address, 'git_sync_askpass_calls{status="error"}')
  await until(async () => ((await failed()) > 0 ? true : null), { what: 'a failed call' })
  expect(await metric(address, 'git_sync_askpass_calls{status="success"}')).toBeGreaterThan(1)
  await expectServes(`${root}/site`, repository, next)
  expect(sidecar.running).toBe(true)
})

web.test('what is no login fails the sync in one line without the answer', async () => {
  const answers: readonly (readonly [answer: () => Response | Promise<Response>, why: string])[] = [
    [() => new Response('secret-word', { status: 404 }), 'it answered 404 and not 200'],
    [() => new Response('secret-word', { status: 201 }), 'it answered 201 and not 200'],
    [() => Response.redirect('http://127.0.0.1:1/secret-word'), 'it answered 302 and not 200'],
    [() => new Response('secret-word'), 'its answer has no line username=… or password=…'],
    [() => new Response('password=secret-word\0'), 'it has more than one line or a NUL'],
    [() => new Response('secret-word\n'.repeat(9999)), 'its answer is too long'],
    [() => Bun.sleep(9000).then(() => new Response('secret-word')), 'no whole answer within 1s'],
  ]
  using askpass = startAskpass('')
  for (const [answer, why] of answers) {
    askpass.answer = answer
    const root = newRoot()
    const flags = [`--askpass-url=${askpass.url}`, '-v=9', '--error-file=error']
    const { code, errors, said } = await syncOnce({ repo: repository.url, root, flags })
    expect({ code, errors: errors.length }).toEqual({ code: 1, errors: 1 })
    expect(errors[0]).toContain('Cannot get a login from --askpass-url')
    expect(errors[0]).toContain(why)
    expect(said).not.toContain('secret-word')
    expect(await readFile(`${root}/error`, 'utf8')).not.toContain('secret-word')
  }
  const flags = ['--askpass-url=http://127.0.0.1:1/secret-word?secret-word']
  const { errors } = await syncOnce({ repo: repository.url, root: newRoot(), flags })
  expect(errors[0]).toContain('Cannot reach http://127.0.0.1:1: nobody listens there')
  expect(errors[0]).not.toContain('secret-word')
})

shell.test('a server that is a line of shell is understood', async () => {
  await using server = await startGitHttp(repository, { user: 'ann', password: 'pw' })
  const answers = [
    'HTTP/1.1 200 OK\\n\\nusername=ann\\npassword=pw\\n',
    'HTTP/1.0 200\\n\\nusername=ann\\npassword=pw',
    'HTTP/1.1 200 OK\\r\\nContent-Type: text/plain\\n\\npassword=pw\\nusername=ann\\n',
  ]
  for (const answer of answers) {
    const port = freePort()
    const loop = `while :; do printf '${answer}' | nc -l 127.0.0.1 ${port} -N -w1 >/dev/null; done`
    await using _shell = startChild(['sh', '-c', loop])
    const flags = [`--askpass-url=http://127.0.0.1:${port}`, '--max-failures=-1']
    const root = newRoot()
    // Between two answers nobody listens: some syncs may fail.
    await using sidecar = startGitSync({ repo: server.url, root, flags })
    await untilPublished(`${root}/site`, commit)
    await sidecar.stop()
  }
})

web.test('over https the authority in $SSL_CERT_FILE is trusted, and nothing else', async () => {
  await using server = await startGitHttp(repository, { user: 'ann', password: 'pw' })
  const { certificate, key } = await makeCertificate(folder)
  const tls = { cert: Bun.file(certificate), key: Bun.file(key) }
  using askpass = startAskpass('username=ann\npassword=pw\n', tls)
  const flags = [`--askpass-url=${askpass.url}`]
  const env = { SSL_CERT_FILE: certificate }
  const sync = { repo: server.url, flags }
  expect(await syncOnce({ ...sync, root: newRoot(), env })).toMatchObject({ code: 0, errors: [] })
  const { code, errors } = await syncOnce({ ...sync, root: newRoot() })
  expect(code).toBe(1)
  expect(errors[0]).toContain('its certificate is not trusted')
  expect(errors[0]).toContain('SSL_CERT_FILE')
})

test('a program given by --git is told the login by git, whatever the repository is', async () => {
  const wrapper = folder.at('git-that-asks')
  const told = folder.at('told')
  const script = [
    '#!/bin/sh',
    'if test "$1" = fetch; then',
    `  echo "url=$GIT_TEST_REPO" | git credential fill >${told}`,
    'fi',
    'exec git "$@"',
  ]
  await writeFile(wrapper, `${script.join('\n')}\n`)
  await chmod(wrapper, 0o755)
  using askpass = startAskpass('username=my-name\npassword=my-word\n')
  const flags = [`--git=${wrapper}`, `--askpass-url=${askpass.url}`]
  const env = { GIT_TEST_REPO: repository.url }
  const { code } = await syncOnce({ repo: repository.url, root: newRoot(), flags, env })
  expect(code).toBe(0)
  const lines = (await readFile(told, 'utf8')).split('\n')
  expect(lines).toContain('protocol=file')
  expect(lines).toContain('username=my-name')
  expect(lines).toContain('password=my-word')
})

webTraced.test('the login is in no argument, log line or file', async () => {
  const secret = 'Zq7-secret-Zq7'
  await using server = await startGitHttp(repository, { user: 'ann', password: secret })
  using askpass = startAskpass(`username=ann\npassword=${secret}\n`)
  const root = newRoot()
  const flags = [`--askpass-url=${askpass.url}`, '--one-time', '-v=9']
  const sidecar = startGitSync({ repo: server.url, root, flags, countPrograms: true })
  expect(await sidecar.exited).toBe(0)
  const programs = (await sidecar.programs()).join('\n')
  const basic = Buffer.from(`ann:${secret}`).toString('base64')
  for (const text of [sidecar.stderr.join('\n'), programs]) {
    expect(text).toContain(basename(server.url))
    expect(text).not.toContain(secret)
    expect(text).not.toContain(basic)
  }
  expect(await runChild(['grep', '-rlF', secret, root]).catch(() => 'none')).toBe('none')
})
