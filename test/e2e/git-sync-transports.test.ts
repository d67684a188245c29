import { afterAll, expect, setDefaultTimeout, test } from 'bun:test'
import { chmod, copyFile, mkdir, readFile, writeFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { runChild } from '#test/fixtures/child.ts'
import { startGitHttp } from '#test/fixtures/git-http.ts'
import { startGitSsh } from '#test/fixtures/git-ssh.ts'
import { startFront } from '#test/fixtures/http-front.ts'
import { needs } from '#test/fixtures/needs.ts'
import { createRepository } from '#test/fixtures/repository.ts'
import { temporaryFolder } from '#test/fixtures/temp.ts'
import { errorsOf, expectServes, startGitSync, syncOnce, untilPublished } from './git-sync-run.ts'

setDefaultTimeout(30_000)

const repository = await createRepository({ files: { 'index.html': 'one\n', 'a/b.css': 'b {}\n' } })
const commit = await repository.resolve()
const folder = temporaryFolder('transports')
afterAll(() => Promise.all([repository.remove(), folder.remove()]))

const web = needs('nginx', 'fcgiwrap', 'openssl')
const webTraced = needs('nginx', 'fcgiwrap', 'openssl', 'strace')
const secure = needs('sshd')

let roots = 0

function newRoot(): string {
  return folder.at(`root-${roots++}`)
}

async function expectSynced(
  repo: string,
  options: { readonly flags?: readonly string[]; readonly env?: Record<string, string> } = {},
): Promise<string> {
  const root = newRoot()
  const { code, errors, said } = await syncOnce({ repo, root, ...options })
  expect({ code, errors }).toEqual({ code: 0, errors: [] })
  await expectServes(`${root}/site`, repository, commit)
  return said
}

test('a path and a file URL are repositories', async () => {
  await expectSynced(repository.path)
  await expectSynced(repository.url)
})

web.test('http without a login', async () => {
  await using server = await startGitHttp(repository)
  await expectSynced(server.url)
})

const password = 'pa ss:wörd/%41"$HOME\'`x`\\'

web.test('http with a password from a file, the environment and the URL', async () => {
  await using server = await startGitHttp(repository, { user: 'ann', password })
  const file = folder.at('password')
  await writeFile(file, password)
  await expectSynced(server.url, { flags: ['--username=ann', `--password-file=${file}`] })
  await writeFile(file, `${password}\n`)
  await expectSynced(server.url, { flags: ['--username=ann', `--password-file=${file}`] })
  await expectSynced(server.url, { flags: ['--username=ann'], env: { GITSYNC_PASSWORD: password } })
  const login = `ann:${encodeURIComponent(password)}@`
  await expectSynced(server.url.replace('//', `//${login}`))
})

web.test('a password file is read again before each sync', async () => {
  await using server = await startGitHttp(repository, { user: 'ann', password })
  const file = folder.at('rotated')
  await writeFile(file, 'old')
  const root = newRoot()
  const flags = ['--username=ann', `--password-file=${file}`, '--max-failures=-1']
  await using sidecar = startGitSync({ repo: server.url, root, flags })
  await sidecar.line('Authentication failed')
  await writeFile(file, password)
  await untilPublished(`${root}/site`, commit)
})

web.test('a wrong password is one line that names the host and the option', async () => {
  await using server = await startGitHttp(repository, { user: 'ann', password })
  const env = { GITSYNC_PASSWORD: 'guessed-wrong' }
  const root = newRoot()
  const { code, errors, said } = await syncOnce({
    repo: server.url,
    root,
    flags: ['--username=ann'],
    env,
  })
  expect(code).toBe(1)
  expect(errors).toHaveLength(1)
  expect(errors[0]).toContain(server.url)
  expect(errors[0]).toContain('check --username and the password')
  expect(said).not.toContain('guessed-wrong')
  const none = await syncOnce({ repo: server.url, root })
  expect(none.errors).toHaveLength(1)
  expect(none.errors[0]).toContain('--password-file')
})

web.test('a host that sends git on to another path is followed with the login', async () => {
  await using server = await startGitHttp(repository, { user: 'ann', password })
  const name = basename(repository.path, '.git')
  using front = startFront(new URL(server.url).origin, ({ uri }, origin) =>
    uri.startsWith(`/${name}/`)
      ? Response.redirect(`${origin}${uri.replace(`/${name}/`, `/${name}.git/`)}`, 301)
      : null,
  )
  const flags = ['--username=ann']
  await expectSynced(`${front.origin}/${name}`, { flags, env: { GITSYNC_PASSWORD: password } })
})

webTraced.test('the password is in no argument, log line, file or hook', async () => {
  const secret = 'Zq7-secret-Zq7'
  await using server = await startGitHttp(repository, { user: 'ann', password: secret })
  const hook = folder.at('print-environment')
  const printed = folder.at('environment')
  await writeFile(hook, `#!/bin/sh\nenv >${printed}\nls -l /proc/self/fd >>${printed}\n`)
  await chmod(hook, 0o755)
  const file = folder.at('secret')
  await writeFile(file, secret)
  const login = server.url.replace('//', `//ann:${secret}@`)
  const ways: readonly (readonly [
    repo: string,
    flags: readonly string[],
    env: Record<string, string>,
  ])[] = [
    [server.url, ['--username=ann', `--password-file=${file}`], {}],
    [server.url, ['--username=ann'], { GITSYNC_PASSWORD: secret }],
    [server.url, ['--username=ann'], { GIT_SYNC_PASSWORD: secret }],
    ['', [], { GITSYNC_REPO: login }],
  ]
  for (const [repo, login, env] of ways) {
    const root = newRoot()
    const flags = [
      ...(repo === '' ? [] : [`--repo=${repo}`]),
      ...login,
      ...['--one-time', '-v=9', `--exechook-command=${hook}`, '--error-file=error'],
    ]
    const sidecar = startGitSync({ root, flags, env, countPrograms: true })
    expect(await sidecar.exited).toBe(0)
    const said = sidecar.stderr.join('\n')
    const programs = (await sidecar.programs()).join('\n')
    const environment = await readFile(printed, 'utf8')
    expect(programs).toContain('fetch')
    expect(environment).toContain(`GITSYNC_HASH=${commit}`)
    expect(environment).not.toContain('.git-sync.lock')
    for (const text of [said, programs, environment]) expect(text).not.toContain(secret)
    const found = await runChild(['grep', '-rlF', secret, root]).catch(() => 'none')
    expect(found).toBe('none')
  }
})

web.test('a token in place of the user is in no log line either', async () => {
  await using server = await startGitHttp(repository, { user: 'ann', password: 'other' })
  const root = newRoot()
  const repo = server.url.replace('//', '//ghp_0123456789@')
  const { code, said } = await syncOnce({ repo, root, flags: ['-v=9', '--error-file=error'] })
  expect(code).toBe(1)
  expect(said).not.toContain('ghp_0123456789')
  expect(await readFile(`${root}/error`, 'utf8')).not.toContain('ghp_0123456789')
})

web.test('https trusts the authority in $GIT_SSL_CAINFO and nothing else', async () => {
  await using server = await startGitHttp(repository, { tls: true })
  await expectSynced(server.url, { env: { GIT_SSL_CAINFO: server.certificate ?? '' } })
  const { code, errors } = await syncOnce({ repo: server.url, root: newRoot() })
  expect(code).toBe(1)
  expect(errors).toHaveLength(1)
  expect(errors[0]).toContain('certificate is not trusted')
})

secure.test('ssh with a key and known hosts, in paths with spaces and quotes too', async () => {
  await using server = await startGitSsh(repository)
  const plain = [
    `--ssh-key-file=${server.keyFile}`,
    `--ssh-known-hosts-file=${server.knownHostsFile}`,
  ]
  await expectSynced(server.url, { flags: plain })
  const odd = folder.at(`it's "a" $HOME key`)
  await mkdir(odd)
  await copyFile(server.keyFile, `${odd}/key`)
  await chmod(`${odd}/key`, 0o600)
  await copyFile(server.knownHostsFile, `${odd}/hosts`)
  await expectSynced(server.url, {
    flags: [`--ssh-key-file=${odd}/key`, `--ssh-known-hosts-file=${odd}/hosts`],
  })
  await expectSynced(server.url, {
    flags: [
      `--ssh-key-file=${server.strangerKeyFile}`,
      `--ssh-key-file=${server.keyFile}`,
      plain[1] ?? '',
    ],
  })
})

secure.test('an unknown host or key is refused in one line that says what to do', async () => {
  await using server = await startGitSsh(repository)
  const key = `--ssh-key-file=${server.keyFile}`
  await writeFile(folder.at('no-hosts'), '')
  const unknown = await syncOnce({
    repo: server.url,
    root: newRoot(),
    flags: [key, `--ssh-known-hosts-file=${folder.at('no-hosts')}`],
  })
  expect(unknown).toMatchObject({
    code: 1,
    errors: [expect.stringContaining('--ssh-known-hosts-file')],
  })
  await expectSynced(server.url, { flags: [key, '--ssh-known-hosts=false'] })
  const stranger = await syncOnce({
    repo: server.url,
    root: newRoot(),
    flags: [
      `--ssh-key-file=${server.strangerKeyFile}`,
      `--ssh-known-hosts-file=${server.knownHostsFile}`,
    ],
  })
  expect(stranger).toMatchObject({
    code: 1,
    errors: [expect.stringContaining('check --ssh-key-file')],
  })
})

web.test('a host that is away is one line, and is used again once it is back', async () => {
  const server = await startGitHttp(repository)
  const root = newRoot()
  const flags = ['--max-failures=-1']
  await server.stop()
  await using sidecar = startGitSync({ repo: server.url, root, flags })
  const line = await sidecar.line('sync failed')
  expect(line).toContain(server.url)
  expect(line).toContain('check the host and port')
  await using _back = await startGitHttp(repository, { port: server.port })
  await untilPublished(`${root}/site`, commit)
  expect(new Set(errorsOf(sidecar).map((text) => JSON.parse(text).error)).size).toBe(1)
})
