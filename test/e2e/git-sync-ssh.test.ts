import { afterAll, expect, setDefaultTimeout } from 'bun:test'
import { chmod, copyFile, mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { type GitSsh, startGitSsh } from '#test/fixtures/git-ssh.ts'
import { needs } from '#test/fixtures/needs.ts'
import { createRepository } from '#test/fixtures/repository.ts'
import { temporaryFolder } from '#test/fixtures/temp.ts'
import { errorsOf, expectServes, startGitSync, syncOnce, untilPublished } from './git-sync-run.ts'

setDefaultTimeout(30_000)

const repository = await createRepository()
const other = await createRepository({ files: { other: 'other\n' } })
const commit = await repository.resolve()
const folder = temporaryFolder('ssh')
afterAll(() => Promise.all([repository.remove(), other.remove(), folder.remove()]))

const secure = needs('sshd')
const secureAsRoot = needs('sshd', 'root')

let roots = 0

function newRoot(): string {
  return folder.at(`root-${roots++}`)
}

interface Ways {
  readonly flags?: readonly string[]
  readonly env?: Readonly<Record<string, string | undefined>>
}

async function expectSynced(repo: string, ways: Ways, from = repository): Promise<string> {
  const root = newRoot()
  const { code, errors, said } = await syncOnce({ repo, root, ...ways })
  expect({ code, errors }).toEqual({ code: 0, errors: [] })
  await expectServes(`${root}/site`, from, await from.resolve())
  return said
}

/** The one line that a sync fails with. */
async function failure(repo: string, ways: Ways): Promise<string> {
  const { code, errors } = await syncOnce({ repo, root: newRoot(), ...ways })
  expect(code).toBe(1)
  expect(errors).toHaveLength(1)
  return errors[0] ?? ''
}

function known(server: GitSsh): string {
  return `--ssh-known-hosts-file=${server.knownHostsFile}`
}

async function keyIn(name: string, from: string, mode = 0o600): Promise<string> {
  const path = folder.at(name)
  await copyFile(from, path)
  await chmod(path, mode)
  return path
}

secure.test('keys and known hosts in strange paths', async () => {
  await using server = await startGitSsh(repository)
  for (const name of [
    'a b',
    `it's "a" key`,
    '100% %h %%',
    '$HOME $(id)',
    'back\\slash \\" ;&|',
    '~',
  ]) {
    const place = folder.at(name)
    await mkdir(place)
    await copyFile(server.knownHostsFile, `${place}/hosts`)
    const flags = [
      `--ssh-key-file=${await keyIn(`${name}/key`, server.keyFile)}`,
      `--ssh-known-hosts-file=${place}/hosts`,
    ]
    await expectSynced(server.url, { flags })
  }
})

secure.test(
  'several keys, each for its own host, from flags and from the environment',
  async () => {
    await using one = await startGitSsh(repository)
    await using two = await startGitSsh(other)
    const hosts = folder.at('both-hosts')
    const lines = await Promise.all([one, two].map((server) => readFile(server.knownHostsFile)))
    await writeFile(hosts, Buffer.concat(lines))
    const keys = [one.strangerKeyFile, '/nowhere/key', one.keyFile, two.keyFile]
    const flags = [...keys.map((key) => `--ssh-key-file=${key}`), `--ssh-known-hosts-file=${hosts}`]
    await expectSynced(one.url, { flags })
    await expectSynced(two.url, { flags }, other)
    for (const variable of ['GITSYNC_SSH_KEY_FILE', 'GIT_SYNC_SSH_KEY_FILE', 'GIT_SSH_KEY_FILE']) {
      const env = { [variable]: keys.join(':'), GITSYNC_SSH_KNOWN_HOSTS_FILE: hosts }
      await expectSynced(two.url, { env }, other)
    }
    const onlyOne = { GITSYNC_SSH_KEY_FILE: one.keyFile, GITSYNC_SSH_KNOWN_HOSTS_FILE: hosts }
    expect(await failure(two.url, { env: onlyOne })).toContain('check --ssh-key-file')
  },
)

secure.test('scp-like names, and $GIT_SSH_COMMAND with options of its own', async () => {
  await using server = await startGitSsh(repository)
  const [user = ''] = server.url.slice('ssh://'.length).split('@')
  const flags = [`--ssh-key-file=${server.keyFile}`, known(server)]
  const env = { GIT_SSH_COMMAND: `ssh -p ${server.port}` }
  await expectSynced(`${user}@127.0.0.1:${repository.path}`, { flags, env })
})

secure.test('from -v=5 on ssh tells what it does', async () => {
  await using server = await startGitSsh(repository)
  const flags = [`--ssh-key-file=${server.keyFile}`, known(server)]
  expect(await expectSynced(server.url, { flags: [...flags, '-v=6'] })).toContain('debug1:')
  expect(await expectSynced(server.url, { flags: [...flags, '-v=8'] })).toContain('debug2:')
  expect(await expectSynced(server.url, { flags: [...flags, '-v=9'] })).toContain('debug3:')
})

secure.test('a key that is replaced is used from the next sync on', async () => {
  await using server = await startGitSsh(repository)
  const key = await keyIn('rotated', server.strangerKeyFile)
  const root = newRoot()
  const flags = [`--ssh-key-file=${key}`, known(server), '--max-failures=-1']
  await using sidecar = startGitSync({ repo: server.url, root, flags })
  await sidecar.line('check --ssh-key-file')
  await rename(await keyIn('rotated-next', server.keyFile), key)
  await untilPublished(`${root}/site`, commit)
  expect(errorsOf(sidecar).length).toBeGreaterThan(0)
})

secure.test('without a home, and with one that cannot be written', async () => {
  await using server = await startGitSsh(repository)
  const flags = [`--ssh-key-file=${server.keyFile}`, known(server)]
  for (const HOME of [undefined, '', '/dev/null']) {
    await expectSynced(server.url, { flags, env: { HOME } })
  }
})

secure.test('a host is trusted by the known-hosts file alone, or all are', async () => {
  await using server = await startGitSsh(repository)
  const key = `--ssh-key-file=${server.keyFile}`
  const missing = '--ssh-known-hosts-file=/nowhere/hosts'
  expect(await failure(server.url, { flags: [key, missing] })).toContain('--ssh-known-hosts-file')
  await expectSynced(server.url, { flags: [key, missing, '--ssh-known-hosts=false'] })
  await expectSynced(server.url, { flags: [key, missing], env: { GIT_KNOWN_HOSTS: 'false' } })
  const changed = folder.at('changed-host')
  const stranger = await readFile(`${server.strangerKeyFile}.pub`, 'utf8')
  await writeFile(changed, `[127.0.0.1]:${server.port} ${stranger}`)
  expect(
    await failure(server.url, { flags: [key, `--ssh-known-hosts-file=${changed}`] }),
  ).toContain('the host has another key than --ssh-known-hosts-file says')
})

secure.test('a key that ssh cannot use is told in one line with what to do', async () => {
  await using server = await startGitSsh(repository)
  const hosts = known(server)
  const failureWith = (key: string): Promise<string> =>
    failure(server.url, { flags: [`--ssh-key-file=${key}`, hosts] })
  expect(await failureWith('/nowhere/key')).toContain('/nowhere/key')
  const open = await keyIn('open', server.keyFile, 0o644)
  expect(await failureWith(open)).toContain('readable by its owner alone')
  const garbage = folder.at('garbage')
  await writeFile(garbage, 'nonsense\n', { mode: 0o600 })
  const line = await failureWith(garbage)
  expect(line).toContain('must be a private key')
  expect(line).not.toContain('@@@')
  expect(line).not.toContain('Please make sure')
})

secureAsRoot.test('a user without a name, and one who may not read the key', async () => {
  await using server = await startGitSsh(repository)
  await chmod(folder.path, 0o755)
  const hosts = await keyIn('hosts', server.knownHostsFile, 0o644)
  const key = await keyIn('of-root', server.keyFile)
  const flags = [`--ssh-key-file=${key}`, `--ssh-known-hosts-file=${hosts}`]
  const failureOf = (id: number): Promise<string> => {
    const as = `setpriv --reuid=${id} --regid=${id} --clear-groups --inh-caps=-all ssh`
    return failure(server.url, { flags, env: { GIT_SSH_COMMAND: as, GIT_SSH_VARIANT: 'ssh' } })
  }
  expect(await failureOf(12345)).toContain('--add-user')
  expect(await failureOf(65534)).toContain('may not read the --ssh-key-file')
})
