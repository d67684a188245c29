import { expect, setDefaultTimeout } from 'bun:test'
import { chmod, chown, mkdir, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { type ClosedMachine, closedMachine } from '#test/fixtures/closed-machine.ts'
import type { Environment } from '#test/fixtures/environment.ts'
import { startGitHttp } from '#test/fixtures/git-http.ts'
import { type GitSsh, startGitSsh } from '#test/fixtures/git-ssh.ts'
import { needs } from '#test/fixtures/needs.ts'
import { createRepository, type Repository } from '#test/fixtures/repository.ts'
import { temporaryFolder } from '#test/fixtures/temp.ts'
import { until } from '#test/fixtures/until.ts'
import { errorsOf, expectServes, startGitSync, untilPublished } from './git-sync-run.ts'
import { expectLikeClone, fromPaths, publishLinks } from './git-sync-submodules-run.ts'

setDefaultTimeout(60_000)

const { test } = needs('root', 'strace')

interface Case {
  readonly repository: Repository
  readonly repo: string
  readonly flags?: readonly string[]
  readonly env?: Environment
  /** Its runs are waited for. */
  readonly hook?: string
  /** Makes the second commit. */
  readonly push?: () => Promise<string>
  /** The link serves the second commit; by its files when not given. */
  readonly check?: (link: string) => Promise<void>
}

/** Syncs, follows one push, and ends at TERM; nothing may be wrong or tried where it may not write. */
async function expectFollows(
  machine: ClosedMachine,
  { repository, repo, flags = [], env = {}, hook, push, check }: Case,
): Promise<void> {
  const changes = { 'index.html': 'two\n', 'new/file': 'new\n' }
  const root = `${machine.volume}/root`
  const hooks = hook === undefined ? [] : [`--exechook-command=${hook}`]
  await using sidecar = startGitSync({
    ...{ repo, root, executable: machine.executable },
    flags: ['--touch-file=touched', '--error-file=error', '--git-gc=always', ...flags, ...hooks],
    env: { TMPDIR: machine.tmp, HOME: undefined, ...env },
  })
  await untilPublished(`${root}/site`, await repository.resolve())
  const second = await (push?.() ?? repository.publish(changes))
  await untilPublished(`${root}/site`, second)
  await (check?.(`${root}/site`) ?? expectServes(`${root}/site`, repository, second))
  const ran = () => sidecar.log().filter((line) => line.msg === 'ran the exechook').length
  await until(() => ran() === 2 * hooks.length || null, { what: 'the hooks' })
  expect(await sidecar.stop()).toBe(143)
  expect(errorsOf(sidecar)).toEqual([])
  expect(sidecar.log().filter((line) => line.severity === 'warning')).toEqual([])
  expect(await machine.triedElsewhere()).toEqual([])
}

const homes: readonly (readonly [what: string, gid: number, env: Environment])[] = [
  ['no home', 0, { HOME: undefined }],
  ['a home that is not there', 12_345, { HOME: '/nonexistent' }],
  ['a home that cannot be written', 12_345, { HOME: '/root' }],
]

for (const [what, gid, env] of homes) {
  test(`nobody's user of group ${gid} with ${what}, with nothing to write but the root and TMPDIR`, async () => {
    await using folder = temporaryFolder('closed')
    await using repository = await createRepository()
    await chmod(dirname(repository.path), 0o755)
    const machine = await closedMachine(folder, { uid: 12_345, gid })
    const hook = folder.at('hook')
    const told = `${machine.volume}/told`
    await writeFile(hook, `#!/bin/sh\nid -u >>${told}\n`, { mode: 0o755 })
    await expectFollows(machine, { repository, repo: repository.url, env, hook })
    expect(await Bun.file(told).text()).toBe('12345\n12345\n')
  })
}

test("nobody's user with submodules", async () => {
  await using folder = temporaryFolder('closed')
  await using repository = await createRepository()
  await using inner = await createRepository({ files: { a: 'a\n' } })
  for (const { path } of [repository, inner]) await chmod(dirname(path), 0o755)
  await publishLinks(repository, { inner: { commit: await inner.resolve(), url: inner.url } })
  const machine = await closedMachine(folder, { uid: 12_345, gid: 0 })
  await expectFollows(machine, {
    ...{ repository, repo: repository.url, flags: [fromPaths] },
    push: async () =>
      publishLinks(repository, {
        inner: { commit: await inner.publish({ a: 'b\n' }), url: inner.url },
      }),
    check: (link) => expectLikeClone(link, repository),
  })
})

needs('root', 'strace', 'nginx', 'fcgiwrap').test(
  "nobody's user reads a password file that only its group may read",
  async () => {
    await using folder = temporaryFolder('closed')
    await using repository = await createRepository()
    await using server = await startGitHttp(repository, { user: 'ann', password: 'secret-word' })
    const machine = await closedMachine(folder, { uid: 12_345, gid: 6789 })
    const passwordFile = folder.at('password')
    await writeFile(passwordFile, 'secret-word', { mode: 0o440 })
    await chown(passwordFile, 0, 6789)
    const flags = ['--username=ann', `--password-file=${passwordFile}`]
    await expectFollows(machine, { repository, repo: server.url, flags })
  },
)

/** As a Secret is mounted for a group: readable, and not by others. */
async function giveKeys({ keyFile, knownHostsFile }: GitSsh, gid: number): Promise<void> {
  for (const file of [keyFile, knownHostsFile]) {
    await chown(file, 0, gid)
    await chmod(file, 0o440)
  }
  await chmod(dirname(keyFile), 0o755)
}

needs('root', 'strace', 'sshd').test(
  "ssh wants a name for nobody's user: the error says --add-user, which gives it one",
  async () => {
    await using folder = temporaryFolder('closed')
    await using repository = await createRepository()
    await using server = await startGitSsh(repository)
    await giveKeys(server, 6789)
    const flags = [
      `--ssh-key-file=${server.keyFile}`,
      `--ssh-known-hosts-file=${server.knownHostsFile}`,
    ]
    const machine = await closedMachine(folder, { uid: 12_345, gid: 6789, openPasswd: true })
    await using nameless = startGitSync({
      ...{ repo: server.url, root: `${machine.volume}/nameless`, executable: machine.executable },
      ...{ flags, env: { TMPDIR: machine.tmp, HOME: undefined } },
    })
    const line = await nameless.line('No user exists for uid 12345')
    expect(line).toContain('give --add-user')
    await nameless.stop()

    await expectFollows(machine, { repository, repo: server.url, flags: [...flags, '--add-user'] })
    const passwd = await Bun.file(folder.at('passwd')).text()
    expect(passwd.match(/^git-sync:x:12345:6789:/gm)).toHaveLength(1)
  },
)

needs('root', 'strace', 'sshd', 'nc').test(
  'ssh takes settings from the home of the user that --add-user made, a proxy among them',
  async () => {
    await using folder = temporaryFolder('closed')
    await using repository = await createRepository()
    await using server = await startGitSsh(repository)
    await giveKeys(server, 6789)
    const machine = await closedMachine(folder, { uid: 12_345, gid: 6789, openPasswd: true })
    const home = `${machine.volume}/home`
    await mkdir(`${home}/.ssh`, { recursive: true })
    const proxy = `ProxyCommand nc 127.0.0.1 ${server.port}`
    const lines = ['Host site', proxy, `HostKeyAlias [127.0.0.1]:${server.port}`, '']
    await writeFile(`${home}/.ssh/config`, lines.join('\n'))
    const flags = [
      ...['--add-user', `--ssh-key-file=${server.keyFile}`],
      `--ssh-known-hosts-file=${server.knownHostsFile}`,
    ]
    const repo = server.url.replace(/@.*?\//, '@site/')
    await expectFollows(machine, { repository, repo, flags, env: { HOME: home } })
  },
)
