import { afterAll, expect, setDefaultTimeout, test } from 'bun:test'
import { existsSync } from 'node:fs'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { runChild } from '#test/fixtures/child.ts'
import { createRepository } from '#test/fixtures/repository.ts'
import type { Sidecar } from '#test/fixtures/sidecar.ts'
import { temporaryFolder } from '#test/fixtures/temp.ts'
import { until } from '#test/fixtures/until.ts'
import {
  errorsOf,
  expectServes,
  fingerprint,
  startGitSync,
  syncOnce,
  untilPublished,
} from './git-sync-run.ts'

setDefaultTimeout(30_000)

const repository = await createRepository({ files: { 'index.html': 'one\n' } })
const repo = repository.url
const commit = await repository.resolve()
const nowhere = `${repo}-nowhere`
const folder = temporaryFolder('loop')
afterAll(() => Promise.all([repository.remove(), folder.remove()]))

let roots = 0

function newRoot(): string {
  return folder.at(`root-${roots++}`)
}

async function syncedRoot(): Promise<string> {
  const root = newRoot()
  expect(await syncOnce({ repo, root })).toMatchObject({ code: 0 })
  return root
}

/** A host that takes connections and never says a word, behind a URL that only git can ask. */
function silentHost(): { readonly url: string } & Disposable {
  const listener = Bun.listen({ hostname: '127.0.0.1', port: 0, socket: { data() {} } })
  return {
    url: `git://127.0.0.1:${listener.port}/site.git`,
    [Symbol.dispose]: () => listener.stop(true),
  }
}

/** Processes that a sidecar has started and that live. */
async function childrenOf({ pid }: Sidecar): Promise<readonly string[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '')
  return text.split(' ').filter(Boolean)
}

function failuresOf(sidecar: Sidecar): number {
  return errorsOf(sidecar).filter((line) => line.includes('sync failed')).length
}

test('each commit arrives within a period, one after the other', async () => {
  await using own = await createRepository({ files: { a: '0\n' } })
  const root = newRoot()
  await using sidecar = startGitSync({ repo: own.url, root })
  for (const a of ['1\n', '2\n', '3\n']) {
    await untilPublished(`${root}/site`, await own.publish({ a }))
  }
  expect(errorsOf(sidecar)).toEqual([])
})

test('the host is asked once a period', async () => {
  await using sidecar = startGitSync({ repo, root: newRoot(), flags: ['--period=20ms', '-v=5'] })
  const asked = () => sidecar.stderr.filter((line) => line.includes('"ls-remote"')).length
  await until(() => asked() >= 20 || null, { what: '20 questions' })
  expect(errorsOf(sidecar)).toEqual([])
})

test('one-time mode ends with 0 after a sync and with 1 after a failure', async () => {
  const root = await syncedRoot()
  await expectServes(`${root}/site`, repository, commit)
  const before = fingerprint(`${root}/site`)
  const { code, errors } = await syncOnce({ repo: nowhere, root })
  expect(code).toBe(1)
  expect(errors).toHaveLength(1)
  expect(errors[0]).toContain(nowhere)
  expect(errors[0]).toContain('check --repo')
  expect(fingerprint(`${root}/site`)).toEqual(before)
})

test('while nothing is served the first failure ends it', async () => {
  const sidecar = startGitSync({ repo: nowhere, root: newRoot() })
  expect(await sidecar.exited).toBe(1)
  expect(errorsOf(sidecar)).toHaveLength(1)
})

test('with a tree of an earlier process it goes on through failures, and says so', async () => {
  const root = await syncedRoot()
  const before = fingerprint(`${root}/site`)
  await using sidecar = startGitSync({ repo: nowhere, root })
  await sidecar.line('"failures":3')
  await sidecar.line('a whole tree has been served: trying again')
  expect(sidecar.running).toBe(true)
  expect(fingerprint(`${root}/site`)).toEqual(before)
})

test('a limit that somebody gave is kept, tree or no tree', async () => {
  const root = await syncedRoot()
  const three = startGitSync({ repo: nowhere, root, flags: ['--max-failures=3'] })
  expect(await three.exited).toBe(1)
  expect(failuresOf(three)).toBe(3)
  for (const limit of ['0', '1']) {
    const env = { GITSYNC_MAX_FAILURES: limit }
    const first = startGitSync({ repo: nowhere, root, env })
    expect(await first.exited).toBe(1)
    expect(failuresOf(first)).toBe(1)
  }
  const twice = startGitSync({
    repo: nowhere,
    root: newRoot(),
    flags: ['--max-failures=2', '--one-time'],
  })
  expect(await twice.exited).toBe(1)
  expect(failuresOf(twice)).toBe(2)
  await using never = startGitSync({ repo: nowhere, root: newRoot(), flags: ['--max-failures=-1'] })
  await never.line('"failures":3')
  expect(never.running).toBe(true)
})

test('the initial period is the pause until the first good sync, and the other one after it', async () => {
  await using own = await createRepository({ files: { a: '1\n' } })
  const root = newRoot()
  const flags = ['--period=1h', '--init-period=20ms', '--ref=later', '--max-failures=-1', '-v=5']
  await using sidecar = startGitSync({ repo: own.url, root, flags })
  await sidecar.line('"failures":5')
  const commit = await own.resolve()
  await own.branch('later', commit)
  await untilPublished(`${root}/site`, commit)
  const asked = () => sidecar.stderr.filter((line) => line.includes('"ls-remote"')).length
  const questions = asked()
  await own.branch('later', await own.publish({ a: '2\n' }))
  await Bun.sleep(300)
  expect(asked()).toBe(questions)
})

test('the initial limit holds until the first good sync, and the other one after it', async () => {
  const early = ['--max-failures=-1', '--init-max-failures=2']
  const ended = startGitSync({ repo: nowhere, root: newRoot(), flags: early })
  expect(await ended.exited).toBe(1)
  expect(failuresOf(ended)).toBe(2)
  const first = startGitSync({
    repo: nowhere,
    root: newRoot(),
    flags: ['--max-failures=-1'],
    env: { GITSYNC_INIT_MAX_FAILURES: '0' },
  })
  expect(await first.exited).toBe(1)
  expect(failuresOf(first)).toBe(1)
  await using own = await createRepository()
  const commit = await own.resolve()
  const root = newRoot()
  const late = ['--ref=later', '--max-failures=1', '--init-max-failures=-1']
  await using sidecar = startGitSync({ repo: own.url, root, flags: late })
  await sidecar.line('"failures":3')
  await own.branch('later', commit)
  await untilPublished(`${root}/site`, commit)
  const before = failuresOf(sidecar)
  await own.branch('later', null)
  expect(await sidecar.exited).toBe(1)
  expect(failuresOf(sidecar)).toBe(before + 1)
})

test('a host that never answers holds a pass up until its limit, and nothing stays behind', async () => {
  using host = silentHost()
  const root = newRoot()
  const flags = ['--sync-timeout=400ms', '--one-time']
  const sidecar = startGitSync({ repo: host.url, root, flags })
  const pids = await until(async () => {
    const found = await childrenOf(sidecar)
    return found.length > 0 ? found : null
  })
  expect(await sidecar.exited).toBe(1)
  expect(errorsOf(sidecar)).toHaveLength(1)
  expect(errorsOf(sidecar)[0]).toContain('ran into --sync-timeout 400ms')
  expect(errorsOf(sidecar)[0]).toContain(host.url)
  await until(() => pids.every((pid) => !existsSync(`/proc/${pid}`)) || null)
})

test('a git that ignores TERM is killed with its children', async () => {
  const git = folder.at('stubborn-git')
  const pidFile = folder.at('stubborn-pid')
  await writeFile(git, `#!/bin/sh\ntrap '' TERM\nsleep 61 &\necho $! >${pidFile}\nwait; wait\n`, {
    mode: 0o755,
  })
  const flags = ['--sync-timeout=200ms', '--one-time', `--git=${git}`]
  const sidecar = startGitSync({ repo, root: newRoot(), flags })
  expect(await sidecar.exited).toBe(1)
  const pid = (await readFile(pidFile, 'utf8')).trim()
  await until(async () => {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ') Z')
    return /\) Z/.test(stat) || null
  })
})

test('TERM ends it with 143, INT with 130, and running children with it', async () => {
  using host = silentHost()
  const root = await syncedRoot()
  const before = fingerprint(`${root}/site`)
  for (const [signal, code] of [
    ['SIGTERM', 143],
    ['SIGINT', 130],
  ] as const) {
    await using sidecar = startGitSync({ repo: host.url, root })
    const pids = await until(async () => {
      const found = await childrenOf(sidecar)
      return found.length > 0 ? found : null
    })
    sidecar.signal(signal)
    expect(await sidecar.exited).toBe(code)
    await until(() => pids.every((pid) => !existsSync(`/proc/${pid}`)) || null)
    expect(errorsOf(sidecar)).toEqual([])
  }
  expect(fingerprint(`${root}/site`)).toEqual(before)
  expect(existsSync(`${root}/.quarantine`)).toBe(false)
})

test('TERM ends it while it rests', async () => {
  const root = newRoot()
  await using sidecar = startGitSync({ repo, root, flags: ['--period=1h'] })
  await untilPublished(`${root}/site`, commit)
  sidecar.signal('SIGTERM')
  expect(await sidecar.exited).toBe(143)
})

test('a second one on a root waits, says for whom, answers readiness, and takes over', async () => {
  await using own = await createRepository({ files: { a: '1\n' } })
  const root = newRoot()
  const link = `${root}/site`
  await using first = startGitSync({ repo: own.url, root })
  await untilPublished(link, await own.resolve())
  await using second = startGitSync({ repo: own.url, root, flags: ['--http-bind=127.0.0.1:0'] })
  expect(await second.line('waiting for another git-sync')).toContain(`pid ${first.pid}`)
  const { address } = JSON.parse(await second.line('serving HTTP'))
  expect((await fetch(`http://${address}/readyz`)).status).toBe(200)
  expect((await fetch(`http://${address}/healthz`)).status).toBe(200)
  expect((await fetch(`http://${address}/`)).status).toBe(503)
  first.signal('SIGKILL')
  const next = await own.publish({ a: '2\n' })
  await untilPublished(link, next)
  await expectServes(link, own, next)
  expect(second.stderr.join()).toContain(next)
})

test('one-time mode waits for another writer until its limit', async () => {
  const root = newRoot()
  await using first = startGitSync({ repo, root })
  await untilPublished(`${root}/site`, commit)
  const { code, errors } = await syncOnce({ repo, root, flags: ['--sync-timeout=500ms'] })
  expect(code).toBe(1)
  expect(errors).toHaveLength(1)
  expect(errors[0]).toContain(`another git-sync does (pid ${first.pid}`)
})

test('a restart while the host is away is ready with the tree that is there', async () => {
  const root = await syncedRoot()
  const flags = ['--http-bind=127.0.0.1:0']
  await using sidecar = startGitSync({ repo: nowhere, root, flags })
  const { address } = JSON.parse(await sidecar.line('serving HTTP'))
  await sidecar.line('"failures":2')
  expect((await fetch(`http://${address}/readyz`)).status).toBe(200)
  expect((await fetch(`http://${address}/healthz`)).status).toBe(200)
  expect((await fetch(`http://${address}/`)).status).toBe(503)
  await rm(`${root}/site`)
  // it is built again from what is here
  await untilPublished(`${root}/site`, commit)
  await expectServes(`${root}/site`, repository, commit)
  expect((await fetch(`http://${address}/readyz`)).status).toBe(200)
})

test('a volume that is emptied takes the lock with it: it is taken again, and one writes', async () => {
  const root = newRoot()
  await using first = startGitSync({ repo, root })
  await untilPublished(`${root}/site`, commit)
  await rm(`${root}/.git-sync.lock`)
  await first.line('taking it again')
  await until(() => existsSync(`${root}/.git-sync.lock`) || null)
  await using second = startGitSync({ repo, root })
  expect(await second.line('waiting for another git-sync')).toContain(`pid ${first.pid}`)
})

test('a password file that nobody fills does not hold a pass beyond its limit', async () => {
  const pipe = folder.at('pipe')
  await runChild(['mkfifo', pipe])
  const flags = ['--username=ann', `--password-file=${pipe}`, '--sync-timeout=300ms']
  const { code, errors } = await syncOnce({ repo, root: newRoot(), flags })
  expect(code).toBe(1)
  expect(errors).toHaveLength(1)
  expect(errors[0]).toContain('--sync-timeout')
})
