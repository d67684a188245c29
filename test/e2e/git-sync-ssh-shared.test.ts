import { afterAll, expect, setDefaultTimeout } from 'bun:test'
import { mkdirSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { copyFile, rename, writeFile } from 'node:fs/promises'
import type { Environment } from '#test/fixtures/environment.ts'
import { type GitSsh, type GitSshOptions, startGitSsh } from '#test/fixtures/git-ssh.ts'
import { kill } from '#test/fixtures/kill.ts'
import { needs } from '#test/fixtures/needs.ts'
import { createRepository } from '#test/fixtures/repository.ts'
import type { Sidecar } from '#test/fixtures/sidecar.ts'
import { shortFolder } from '#test/fixtures/temp.ts'
import { until } from '#test/fixtures/until.ts'
import { errorsOf, startGitSync, syncOnce, untilPublished } from './git-sync-run.ts'
import {
  hang,
  keysOf,
  mastersIn,
  socketsIn,
  untilGone,
  untilPolled,
  untilShared,
} from './git-sync-ssh-run.ts'

setDefaultTimeout(120_000)

const repository = await createRepository()
// A short name: its sockets must have room below it.
const folder = shortFolder()
afterAll(() => Promise.all([repository.remove(), folder.remove()]))

const { test } = needs('sshd')

let places = 0

interface Place {
  readonly root: string
  readonly tmp: string
}

function newPlace(): Place {
  const [root, tmp] = [folder.at(`r${places}`), folder.at(`t${places++}`)]
  mkdirSync(tmp)
  return { root, tmp }
}

interface Polling extends AsyncDisposable, Place {
  readonly server: GitSsh
  readonly sidecar: Sidecar
}

interface PollingOptions extends GitSshOptions {
  readonly flags?: readonly string[]
  readonly env?: Environment
}

/** A git-sync that has synced over ssh and goes on asking. */
async function startPolling(options: PollingOptions = {}): Promise<Polling> {
  await using stack = new AsyncDisposableStack()
  const place = newPlace()
  const server = stack.use(await startGitSsh(repository, options))
  const flags = [...keysOf(server), '-v=2', ...(options.flags ?? [])]
  const env = { TMPDIR: place.tmp, ...options.env }
  const sidecar = stack.use(startGitSync({ repo: server.url, root: place.root, flags, env }))
  await untilPublished(`${place.root}/site`, await repository.resolve())
  const owned = stack.move()
  return { ...place, server, sidecar, [Symbol.asyncDispose]: () => owned.disposeAsync() }
}

function linesOf(sidecar: Sidecar, message: string): number {
  return sidecar.log().filter(({ msg }) => msg === message).length
}

/** Logins of a git-sync that has published once: its first poll, its fetch, and what polls share. */
const logins = 3

test('polls share one connection, and a push is seen by it', async () => {
  await using polling = await startPolling()
  const { server, sidecar, root, tmp } = polling
  await untilShared(polling)
  await untilPolled(polling, 20)
  expect(server.connections()).toBe(logins)
  await untilPublished(`${root}/site`, await repository.publish({ 'index.html': 'pushed\n' }))
  await untilPolled(polling, 10)
  expect(server.connections()).toBe(logins + 1)
  expect(mastersIn(tmp)).toHaveLength(1)
  expect(errorsOf(sidecar)).toEqual([])
})

test('who keeps the connection holds nothing of git-sync, and ends with it', async () => {
  const password = 'pass-word-1'
  const login = JSON.stringify({ url: 'https://host', username: 'ann', password })
  await using polling = await startPolling({ env: { GITSYNC_CREDENTIAL: login } })
  const { sidecar, tmp } = polling
  const holdsNothing = (pid: number): boolean =>
    readdirSync(`/proc/${pid}/fd`)
      .map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`))
      .every((what) => /^(\/dev\/null|socket:.*)$/.test(what))
  // It lets go of what it has said a moment after its parent has ended.
  const master = await until(() => mastersIn(tmp).find(holdsNothing) ?? null, {
    timeoutMs: 30_000,
    what: 'a master that holds nothing',
  })
  expect(readlinkSync(`/proc/${master}/cwd`)).toBe('/')
  expect(readFileSync(`/proc/${master}/environ`, 'utf8')).not.toContain(password)
  expect(await sidecar.stop()).toBe(143)
  await untilGone(master)
  expect(readdirSync(tmp)).toEqual([])
})

test('a killed git-sync leaves a connection that ends by itself, and no obstacle', async () => {
  await using polling = await startPolling()
  const { server, sidecar, root, tmp } = polling
  const master = await untilShared(polling)
  const words = readFileSync(`/proc/${master}/cmdline`, 'utf8').split('\0')
  expect(words).toContain('ControlPersist=60')
  await sidecar.stop('SIGKILL')
  const env = { TMPDIR: tmp }
  await using next = startGitSync({ repo: server.url, root, flags: keysOf(server), env })
  await untilShared({ sidecar: next, tmp }, master).finally(() => kill(master))
  await untilPolled({ server, sidecar: next }, 5)
  expect(errorsOf(next)).toEqual([])
})

test('a key or known host that changes is asked with at once', async () => {
  await using polling = await startPolling()
  const { server, sidecar } = polling
  const master = await untilShared(polling)
  const good = folder.at('good-key')
  await copyFile(server.keyFile, good)
  const replaceBy = async (file: string, from: string): Promise<void> => {
    await copyFile(from, `${file}.new`)
    await rename(`${file}.new`, file)
  }
  await replaceBy(server.keyFile, server.strangerKeyFile)
  await sidecar.line('check --ssh-key-file')
  await untilGone(master)
  await replaceBy(server.keyFile, good)
  const second = await untilShared(polling)
  const stranger = await Bun.file(`${server.strangerKeyFile}.pub`).text()
  await writeFile(server.knownHostsFile, `[127.0.0.1]:${server.port} ${stranger}`)
  await sidecar.line('the host has another key than --ssh-known-hosts-file says')
  await untilGone(second)
})

test('a connection that is gone, or whose keeper hangs, costs no pass', async () => {
  await using polling = await startPolling({ flags: ['--sync-timeout=12s'] })
  const { sidecar, tmp } = polling
  const first = await untilShared(polling)
  await untilPolled(polling, 12)
  kill(first)
  const second = await untilShared(polling, first)
  await untilPolled(polling, 12)
  process.kill(second, 'SIGSTOP')
  const third = await untilShared(polling, second)
  await untilGone(second)
  await untilPolled(polling, 5)
  expect(mastersIn(tmp)).toEqual([third])
  expect(errorsOf(sidecar)).toEqual([])
})

test('a host that hangs on the shared connection is asked by another one in the same pass', async () => {
  await using polling = await startPolling({ flags: ['--sync-timeout=12s'] })
  const { server, sidecar } = polling
  const first = await untilShared(polling)
  await untilPolled(polling, 12)
  const stopped = hang(server)
  expect(stopped.length).toBeGreaterThan(0)
  await untilShared(polling, first).finally(() => stopped.forEach(kill))
  await untilGone(first)
  await untilPolled(polling, 5)
  expect(errorsOf(sidecar)).toEqual([])
})

test('a host that allows one session at a time shares its connection too', async () => {
  await using polling = await startPolling({ settings: ['MaxSessions 1'] })
  await untilShared(polling)
  await untilPolled(polling, 20)
  expect(polling.server.connections()).toBe(logins)
  expect(linesOf(polling.sidecar, 'an ssh connection could not be shared')).toBe(0)
})

test('a host that refuses a session is asked by a connection of its own', async () => {
  await using polling = await startPolling({ settings: ['MaxSessions 1'], flags: ['--period=1s'] })
  const { server, sidecar, tmp } = polling
  await untilShared(polling)
  const connections = server.connections()
  const [socket = ''] = socketsIn(tmp)
  // As long as it runs there is no session for git; when a poll came first there is none for it, and
  // at port 1 nobody answers.
  const by = ['-F', 'none', '-o', `ControlPath=${socket}`, '-p', '1']
  const hold = ['ssh', ...by, '127.0.0.1', 'sleep 600']
  const refused = await until(
    async () => {
      const holder = Bun.spawn(hold, { stdio: ['ignore', 'ignore', 'ignore'] })
      await holder.exited
      return linesOf(sidecar, 'an ssh connection could not be shared') > 0 ? true : null
    },
    { timeoutMs: 30_000, what: 'a refused poll' },
  )
  expect(refused).toBe(true)
  await untilPolled(polling, 5)
  expect(server.connections()).toBeGreaterThan(connections)
  expect(errorsOf(sidecar)).toEqual([])
})

test('a host that bears no sharing is left in peace after three tries, which is told once', async () => {
  // Serves the first command of each connection, and no other.
  const once = folder.at('once')
  const seen = folder.at('seen')
  mkdirSync(seen)
  await writeFile(
    once,
    `#!/bin/sh\nmkdir "${seen}/$(echo $SSH_CONNECTION | tr ' ' -)" && eval "$SSH_ORIGINAL_COMMAND"\n`,
    { mode: 0o755 },
  )
  await using polling = await startPolling({ settings: [`ForceCommand ${once} 2>/dev/null`] })
  const { server, sidecar, tmp } = polling
  await sidecar.line('each poll makes its own ssh connection')
  const [connections, sessions] = [server.connections(), server.sessions()]
  await untilPolled(polling, 20)
  expect(server.connections() - connections).toBeGreaterThanOrEqual(
    server.sessions() - sessions - 1,
  )
  expect(linesOf(sidecar, 'polls share an ssh connection')).toBe(3)
  expect(linesOf(sidecar, 'each poll makes its own ssh connection')).toBe(1)
  expect(mastersIn(tmp)).toEqual([])
  expect(errorsOf(sidecar)).toEqual([])
})

test('hooks are told nothing of it', async () => {
  const told = folder.at('told')
  const hook = folder.at('hook')
  await writeFile(
    hook,
    `#!/bin/sh\n{ env; ls -l /proc/$$/fd; } >>${told}.new\nmv ${told}.new ${told}\n`,
    {
      mode: 0o755,
    },
  )
  await using polling = await startPolling({ flags: [`--exechook-command=${hook}`] })
  await untilShared(polling)
  await until(
    () =>
      Bun.file(told)
        .exists()
        .then((is) => is || null),
    { what: 'the first hook' },
  )
  await Bun.file(told).delete()
  await untilPublished(`${polling.root}/site`, await repository.publish({ 'index.html': 'hook\n' }))
  await until(
    () =>
      Bun.file(told)
        .exists()
        .then((is) => is || null),
    { what: 'the second hook' },
  )
  const text = await Bun.file(told).text()
  expect(text).toContain('GITSYNC_HASH=')
  expect(text).not.toMatch(/ControlPath|GIT_SSH_COMMAND|gitsync-/)
})

test('one sync shares nothing', async () => {
  await using server = await startGitSsh(repository)
  const { root, tmp } = newPlace()
  const env = { TMPDIR: tmp }
  expect(await syncOnce({ repo: server.url, root, flags: keysOf(server), env })).toMatchObject({
    code: 0,
    errors: [],
  })
  expect(server.connections()).toBe(2)
  expect(readdirSync(tmp)).toEqual([])
})

test('an ssh that somebody gives is used as it is, and nothing is shared', async () => {
  for (const GIT_SSH_COMMAND of ['ssh -4', 'env ssh']) {
    const env = { GIT_SSH_COMMAND, GIT_SSH_VARIANT: 'ssh' }
    await using polling = await startPolling({ env, flags: ['-v=1'] })
    const { server, sidecar, tmp } = polling
    await untilPolled(polling, 10)
    expect(sidecar.log().map(({ why }) => why)).toContain('$GIT_SSH_COMMAND is given')
    expect(server.sessions() - server.connections()).toBeLessThan(2)
    expect(readdirSync(tmp)).toEqual([])
  }
})
