import { afterAll, expect, setDefaultTimeout } from 'bun:test'
import { chmodSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { systemClock } from '#kit/clock.ts'
import { command, type Finished } from '#kit/command.ts'
import { type GitSsh, startGitSsh } from '#test/fixtures/git-ssh.ts'
import { needs } from '#test/fixtures/needs.ts'
import { createRepository } from '#test/fixtures/repository.ts'
import { shortFolder } from '#test/fixtures/temp.ts'
import { until } from '#test/fixtures/until.ts'
import { type SshMaster, startSshMaster } from './ssh-master.ts'
import { sshPlaceOf } from './ssh-place.ts'

setDefaultTimeout(30_000)

const { test } = needs('sshd')
const folder = shortFolder()
const repository = await createRepository()
afterAll(() => Promise.all([folder.remove(), repository.remove()]))

const env = { PATH: process.env.PATH, HOME: '/nowhere' }
const uid = process.getuid?.() ?? 0

function sshOf(server: GitSsh, key = server.keyFile): string {
  return `ssh -o IdentityFile=${key} -o BatchMode=yes -o UserKnownHostsFile=${server.knownHostsFile}`
}

function start(server: GitSsh, { idleMs = 60_000, ssh = sshOf(server) } = {}): Promise<SshMaster> {
  const place = sshPlaceOf(server.url)
  if (place === null) throw new Error(`Cannot read ${server.url}`)
  const stop = new AbortController().signal
  const given = { place, socketPlace: folder.path, uid, ssh, env, idleMs, clock: systemClock, stop }
  return startSshMaster(given)
}

/** Runs a command at the host. */
function ask(ssh: string, to: string): Promise<Finished> {
  return command(['sh', '-c', `${ssh} ${to} echo answer`], { env })
}

function wordsFor(server: GitSsh): string {
  const place = sshPlaceOf(server.url)
  return `-p ${place?.port} ${place?.destination}`
}

test('commands go by the open connection until it ends, then by their own', async () => {
  await using server = await startGitSsh(repository)
  const master = await start(server)
  expect(master.lives()).toBe(true)
  for (const _ of [1, 2, 3]) {
    expect((await ask(master.ssh, wordsFor(server))).stdout).toBe('answer\n')
  }
  expect(server.connections()).toBe(1)
  await master.end()
  expect(master.lives()).toBe(false)
  expect(readdirSync(folder.path)).toEqual([])
  expect((await ask(master.ssh, wordsFor(server))).stdout).toBe('answer\n')
  expect(server.connections()).toBe(2)
})

test('an ssh that means another host does not go by it', async () => {
  await using server = await startGitSsh(repository)
  await using other = await startGitSsh(repository)
  const master = await start(server)
  const finished = await ask(master.ssh, wordsFor(other))
  await master.end()
  expect(finished.code).toBe(255)
  expect(finished.stderr).toContain('verification failed')
})

test('one that nobody uses ends by itself', async () => {
  await using server = await startGitSsh(repository)
  const master = await start(server, { idleMs: 2000 })
  await until(() => (master.lives() ? null : true), { what: 'its end' })
  await master.end()
  expect(readdirSync(folder.path)).toEqual([])
})

test('a folder that others may look into, or that is gone, is used no more', async () => {
  await using server = await startGitSsh(repository)
  for (const spoil of [
    (path: string) => chmodSync(path, 0o755),
    (path: string) => rmSync(path, { recursive: true }),
  ]) {
    const master = await start(server)
    const [name = ''] = readdirSync(folder.path)
    spoil(folder.at(name))
    expect(master.lives()).toBe(false)
    await master.end()
    expect(processesWith(folder.at(name))).toEqual([])
  }
})

test('what cannot be opened says why, and leaves nothing', async () => {
  await using server = await startGitSsh(repository)
  const refused = start(server, { ssh: sshOf(server, server.strangerKeyFile) })
  await expect(refused).rejects.toThrow('Permission denied')
  await expect(start(server, { ssh: 'true' })).rejects.toThrow('does not tell')
  await expect(start(server, { ssh: '/nowhere/ssh' })).rejects.toThrow('/nowhere/ssh')
  expect(readdirSync(folder.path)).toEqual([])
})

function processesWith(word: string): readonly string[] {
  return readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(word)
    } catch {
      return false // It has ended.
    }
  })
}
