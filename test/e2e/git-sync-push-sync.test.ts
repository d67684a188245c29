import { expect, setDefaultTimeout, test } from 'bun:test'
import { rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { createRepository } from '#test/fixtures/repository.ts'
import { temporaryFolder } from '#test/fixtures/temp.ts'
import { until } from '#test/fixtures/until.ts'
import { expectServes, startGitSync } from './git-sync-run.ts'
import { type Pushed, secret, startPushed } from './push-run.ts'

setDefaultTimeout(60_000)

interface Said {
  readonly status: number
  readonly said: Readonly<Record<string, unknown>>
}

async function ask(
  { url }: Pick<Pushed, 'url'>,
  { authorization = `Bearer ${secret}`, signal = null as AbortSignal | null } = {},
): Promise<Said> {
  const response = await fetch(`${url}/sync`, {
    method: 'POST',
    headers: { authorization },
    signal,
  })
  expect(response.headers.get('content-type')).toBe('application/json')
  return { status: response.status, said: (await response.json()) as Said['said'] }
}

/** A git whose questions to the host wait while a file is there. */
async function gated() {
  const folder = temporaryFolder('gated')
  const [gate, git, asked] = [folder.at('gate'), folder.at('git'), folder.at('asked')]
  const lines = [
    '#!/bin/sh',
    `case "$*" in *ls-remote*) echo asked >>${asked}; while [ -e ${gate} ]; do sleep 0.01; done; esac`,
    'exec git "$@"',
  ]
  await writeFile(git, lines.join('\n'), { mode: 0o755 })
  return {
    flag: `--git=${git}`,
    shut: () => writeFile(gate, ''),
    open: () => rm(gate),
    asked: async () => (await Bun.file(asked).text()).split('\n').length - 1,
    [Symbol.asyncDispose]: folder.remove,
  }
}

test('/sync answers when what was pushed is served, and tells what that is', async () => {
  await using pushed = await startPushed()
  const first = await pushed.repository.resolve()
  const { link } = pushed
  const unchanged = { commit: first, changed: false, link, ms: expect.any(Number) }
  expect(await ask(pushed)).toEqual({ status: 200, said: unchanged })
  const commit = await pushed.repository.publish({ a: '2\n' })
  const changed = { commit, previous: first, changed: true, link, ms: expect.any(Number) }
  expect(await ask(pushed)).toEqual({ status: 200, said: changed })
  await expectServes(link, pushed.repository, commit)
  const requests = 'git_sync_push_sync_requests_total{status="success"}'
  expect((await pushed.metrics())[requests]).toBe(2)
})

test('a connection that may wait for so long ends with the answer', async () => {
  await using pushed = await startPushed()
  const { hostname, port } = new URL(pushed.url)
  const socket = connect(Number(port), hostname)
  const head = ['POST /sync HTTP/1.1', 'Host: h', `Authorization: Bearer ${secret}`]
  socket.write(`${[...head, 'Content-Length: 0'].join('\r\n')}\r\n\r\n`)
  let said = ''
  socket.on('data', (bytes) => {
    said += bytes
  })
  await until(() => socket.readableEnded || null)
  expect(said).toStartWith('HTTP/1.1 200 ')
  socket.destroy()
})

test('who does not show the secret is not told anything', async () => {
  await using pushed = await startPushed()
  const passes = await pushed.passes()
  for (const authorization of ['', 'Bearer', 'Bearer other', `Basic ${btoa(`a:${secret}`)}`]) {
    expect(await ask(pushed, { authorization })).toEqual({
      status: 401,
      said: { error: 'not proven' },
    })
  }
  expect((await fetch(`${pushed.url}/sync`)).status).toBe(405)
  expect(await pushed.passes()).toBe(passes)
  await rm(pushed.secretFile)
  expect((await ask(pushed)).status).toBe(503)
})

test('a pass that fails is told with its reason and what to do', async () => {
  await using pushed = await startPushed({ flags: ['--ref=main'] })
  await pushed.repository.branch('main', null)
  const { status, said } = await ask(pushed)
  expect({ status, ms: said.ms }).toEqual({ status: 502, ms: expect.any(Number) })
  expect(said.error).toContain('main')
  expect(said.advice).toBeString()
})

test('a pass that runs already does not count, and many who wait share the next one', async () => {
  await using gate = await gated()
  await using pushed = await startPushed({ flags: [gate.flag] })
  await gate.shut()
  const asked = await gate.asked()
  const first = ask(pushed)
  await until(async () => (await gate.asked()) > asked || null)
  // it has asked the host before this push, so that it may not see it
  const commit = await pushed.repository.publish({ a: '2\n' })
  const passes = await pushed.passes()
  const leaving = new AbortController()
  const gone = ask(pushed, { signal: leaving.signal }).catch(() => 'left')
  const others = Array.from({ length: 50 }, () => ask(pushed))
  await Bun.sleep(100)
  leaving.abort()
  await gate.open()
  expect(await gone).toBe('left')
  await first
  for (const { status, said } of await Promise.all(others)) {
    expect({ status, commit: said.commit }).toEqual({ status: 200, commit })
  }
  expect((await pushed.passes()) - passes).toBe(2)
  expect((await ask(pushed)).status).toBe(200)
})

test('what is not done within --sync-timeout is answered 504', async () => {
  await using gate = await gated()
  await using pushed = await startPushed({ flags: [gate.flag, '--sync-timeout=1s'] })
  await gate.shut()
  const asked = await gate.asked()
  const first = ask(pushed)
  await until(async () => (await gate.asked()) > asked || null)
  await Bun.sleep(200)
  // the next pass begins when this one is over, and has its own second
  const second = await ask(pushed)
  expect(second.status).toBe(504)
  expect(second.said.error).toBe('no sync was done within 1s')
  expect([502, 504]).toContain((await first).status)
  await gate.open()
  await until(async () => ((await ask(pushed)).status === 200 ? true : null))
})

test('a commit that may not be published is told as refused, each time somebody asks', async () => {
  await using pushed = await startPushed({
    flags: ['--gate-command=sh', '--gate-arg=-c', '--gate-arg=test ! -e bad || exit 3'],
  })
  const first = await pushed.repository.resolve()
  const refused = await pushed.repository.publish({ bad: '' })
  for (const _ of [1, 2]) {
    const { status, said } = await ask(pushed)
    expect(status).toBe(409)
    expect(said).toEqual({ error: expect.any(String), refused, ms: expect.any(Number) })
    expect(said.error).toContain(`Cannot publish commit ${refused}: --gate-command sh refused it`)
  }
  await expectServes(pushed.link, pushed.repository, first)
  await pushed.repository.publish({ bad: null })
  expect((await ask(pushed)).status).toBe(200)
})

test('who waits for a pass that will not be, because too many failed, is told so', async () => {
  await using gate = await gated()
  await using pushed = await startPushed({ flags: [gate.flag, '--max-failures=1'] })
  await gate.shut()
  const asked = await gate.asked()
  const first = ask(pushed)
  await until(async () => (await gate.asked()) > asked || null)
  const second = ask(pushed)
  await Bun.sleep(100)
  await rm(pushed.repository.path, { recursive: true })
  await gate.open()
  expect((await first).status).toBe(502)
  expect(await second).toEqual({ status: 503, said: { error: 'stopping' } })
  expect(await pushed.sidecar.exited).toBe(1)
})

test('who asks after the pass of one-time mode is told that no other one will be', async () => {
  await using folder = temporaryFolder('one-time')
  await using repository = await createRepository()
  const [secretFile, open] = [folder.at('secret'), folder.at('open')]
  await writeFile(secretFile, `${secret}\n`)
  const hook = `until [ -e ${open} ]; do sleep 0.05; done`
  const flags = [
    ...['--one-time', '--http-bind=127.0.0.1:0', `--push-secret-file=${secretFile}`],
    ...['--exechook-command=sh', '--exechook-arg=-c', `--exechook-arg=${hook}`],
  ]
  await using sidecar = startGitSync({ repo: repository.url, root: folder.at('root'), flags })
  const { address } = JSON.parse(await sidecar.line('serving HTTP'))
  await sidecar.line('"published"')
  const said = await ask({ url: `http://${address}` })
  expect(said).toEqual({ status: 503, said: { error: 'stopping' } })
  await writeFile(open, '')
  expect(await sidecar.exited).toBe(0)
})

test('who waits while git-sync stops is told so', async () => {
  await using gate = await gated()
  await using pushed = await startPushed({ flags: [gate.flag] })
  await gate.shut()
  const asked = await gate.asked()
  const waiting = ask(pushed)
  await until(async () => (await gate.asked()) > asked || null)
  pushed.sidecar.signal('SIGTERM')
  expect(await waiting).toEqual({ status: 503, said: { error: 'stopping' } })
  await gate.open()
})
