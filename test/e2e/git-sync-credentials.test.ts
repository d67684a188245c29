import { afterAll, expect, setDefaultTimeout, test } from 'bun:test'
import { createHash } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { runChild } from '#test/fixtures/child.ts'
import { type GitHttp, startGitHttp } from '#test/fixtures/git-http.ts'
import { type FrontRequest, startFront } from '#test/fixtures/http-front.ts'
import { needs } from '#test/fixtures/needs.ts'
import { createRepository } from '#test/fixtures/repository.ts'
import { temporaryFolder } from '#test/fixtures/temp.ts'
import { until } from '#test/fixtures/until.ts'
import {
  errorsOf,
  expectServes,
  type GitSyncOptions,
  startGitSync,
  syncOnce,
  untilPublished,
} from './git-sync-run.ts'

setDefaultTimeout(60_000)

const repository = await createRepository({ files: { 'index.html': 'one\n' } })
const folder = temporaryFolder('credentials')
afterAll(() => Promise.all([repository.remove(), folder.remove()]))

const web = needs('nginx', 'fcgiwrap', 'openssl')
const webTraced = needs('nginx', 'fcgiwrap', 'openssl', 'strace')

let names = 0

function newPath(name: string): string {
  return folder.at(`${name}-${names++}`)
}

type Ways = Pick<GitSyncOptions, 'flags' | 'env'>

async function expectSynced(repo: string, ways: Ways): Promise<void> {
  const root = newPath('root')
  const { code, errors } = await syncOnce({ repo, root, ...ways })
  expect({ code, errors }).toEqual({ code: 0, errors: [] })
  await expectServes(`${root}/site`, repository, await repository.resolve())
}

/** The one line that a sync fails with. */
async function failure(repo: string, ways: Ways): Promise<string> {
  const { code, errors } = await syncOnce({ repo, root: newPath('root'), ...ways })
  expect(code).toBe(1)
  expect(errors).toHaveLength(1)
  return errors[0] ?? ''
}

interface Given {
  readonly url: string
  readonly username: string
  readonly password?: string
  readonly 'password-file'?: string
}

function credential(...given: readonly Given[]): string {
  return `--credential=${JSON.stringify(given.length === 1 ? given[0] : given)}`
}

async function script(text: string): Promise<string> {
  const path = newPath('script')
  await writeFile(path, `#!/bin/sh\n${text}\n`, { mode: 0o755 })
  return path
}

/** Copies of the repository under other names on the same server. */
async function copies(...paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    const to = join(dirname(repository.path), path)
    await mkdir(dirname(to), { recursive: true })
    await repository.git('clone', '--quiet', '--bare', repository.path, to)
  }
}

await copies('team/one.git', 'team/two.git', 'team/deep/three.git', 'teams/four.git')

/** One host, and four users of whom each may see a part. */
function startHost(): Promise<GitHttp> {
  return startGitHttp(repository, {
    user: 'ann',
    password: 'of-ann',
    parts: {
      'team/': { user: 'bob', password: 'of-bob' },
      'team/two.git/': { user: 'cleo', password: 'of-cleo' },
      'team/deep/': { user: 'dan', password: 'of-dan' },
    },
  })
}

web.test('each path of a host gets the login of the longest URL that it begins with', async () => {
  await using host = await startHost()
  const passwordFile = newPath('password')
  await writeFile(passwordFile, 'of-cleo\n')
  const ann = { url: host.urlOf(''), username: 'ann', password: 'of-ann' }
  const bob = { url: host.urlOf('team/'), username: 'bob', password: 'of-bob' }
  const cleo = { url: host.urlOf('team/two'), username: 'cleo', 'password-file': passwordFile }
  const dan = { url: host.urlOf('team/deep'), username: 'dan', password: 'of-dan' }
  const places = [
    'site.git',
    'team/one.git',
    'team/two.git',
    'team/deep/three.git',
    'teams/four.git',
  ]
  const flags = [credential(cleo), credential(ann, dan), credential(bob)]
  for (const place of places) await expectSynced(host.urlOf(place), { flags })
  const env = { GITSYNC_CREDENTIAL: JSON.stringify([ann, bob, cleo]) }
  await expectSynced(host.urlOf('team/deep/three.git'), { env, flags: [credential(dan)] })
  for (const wrong of [[ann, bob], [ann, dan], [bob]]) {
    const line = await failure(host.urlOf('team/two.git'), { flags: [credential(...wrong)] })
    expect(line).toContain('check --username and the password or token, or the --credential')
  }
})

web.test(
  'the login of --repo is for all of its host where no longer URL has another one',
  async () => {
    await using host = await startHost()
    const bob = { url: host.urlOf('team'), username: 'bob', password: 'of-bob' }
    const other = { url: host.urlOf(''), username: 'eve', password: 'of-eve' }
    const ways = { flags: ['--username=ann', credential(bob), credential(other)] }
    const env = { GITSYNC_PASSWORD: 'of-ann' }
    await expectSynced(host.url, { ...ways, env })
    await expectSynced(host.urlOf('teams/four.git'), { ...ways, env })
    await expectSynced(host.urlOf('team/one.git'), { ...ways, env })
    const inUrl = host.urlOf('team/one.git').replace('//', '//ann:of-ann@')
    await expectSynced(inUrl, { flags: [credential(bob)] })
  },
)

web.test('a login for another path of the host is sent to nobody', async () => {
  await using host = await startHost()
  using front = startFront(new URL(host.url).origin, () => null)
  const bob = { url: `${front.origin}/team/one`, username: 'bob', password: 'of-bob' }
  const line = await failure(`${front.origin}/team/two.git`, { flags: [credential(bob)] })
  expect(line).toContain('or --credential for its URL')
  expect(front.requests.length).toBeGreaterThan(0)
  expect(front.requests.filter(({ authorization }) => authorization !== null)).toEqual([])
})

web.test(
  'a host that sends git on to another one gets the login, the other one does not',
  async () => {
    await using server = await startGitHttp(repository)
    using other = startFront(new URL(server.url).origin, () => null)
    using first = startFront('', ({ uri }) => Response.redirect(`${other.origin}${uri}`, 301))
    // Somebody's own setting for the host must not open the way.
    const flags = ['--username=ann', `--git-config="http.${first.origin}.followRedirects":true`]
    const env = { GITSYNC_PASSWORD: 'of-ann' }
    await expectSynced(`${first.origin}/site.git`, { flags, env })
    expect(first.requests.some(({ authorization }) => authorization !== null)).toBe(true)
    expect(other.requests.some(({ method }) => method === 'POST')).toBe(true)
    expect(other.requests.filter(({ authorization }) => authorization !== null)).toEqual([])
  },
)

web.test('a host that takes nobody who shows a login at once is asked in its way', async () => {
  await using server = await startGitHttp(repository)
  using front = startFront(new URL(server.url).origin, ({ authorization }) =>
    authorization === null ? null : new Response('Forbidden', { status: 403 }),
  )
  const root = newPath('root')
  const env = { GITSYNC_PASSWORD: 'of-ann' }
  const flags = ['--username=ann']
  await using sidecar = startGitSync({ repo: `${front.origin}/site.git`, root, flags, env })
  for (const text of ['two\n', 'three\n']) {
    await untilPublished(`${root}/site`, await repository.publish({ 'index.html': text }))
  }
  const asked = (): number => front.requests.filter(({ method }) => method === 'GET').length
  const before = asked()
  await until(() => asked() > before + 10 || null)
  expect(errorsOf(sidecar)).toEqual([])
  // Not at every poll: once for each way of asking that there is.
  const shown = front.requests.filter(({ authorization }) => authorization !== null)
  expect(shown.length).toBeLessThanOrEqual(2)
})

/** Whether the header proves that its sender knows the password (RFC 7616, with MD5). */
function isDigestOf(login: string, { method, authorization }: FrontRequest): boolean {
  const field = (name: string): string =>
    new RegExp(`\\b${name}="?([^",]*)`).exec(authorization ?? '')?.[1] ?? ''
  const md5 = (text: string): string => createHash('md5').update(text).digest('hex')
  const asked = [field('nonce'), field('nc'), field('cnonce'), field('qop')].join(':')
  const [user, password] = login.split(':')
  const [one, two] = [md5(`${user}:site:${password}`), md5(`${method}:${field('uri')}`)]
  return field('response') === md5(`${one}:${asked}:${two}`)
}

web.test('a host that wants a digest of the password gets one', async () => {
  await using server = await startGitHttp(repository)
  const challenge = { 'www-authenticate': 'Digest realm="site", nonce="b1", qop="auth"' }
  using front = startFront(new URL(server.url).origin, (request) =>
    isDigestOf('ann:of-ann', request)
      ? null
      : new Response('', { status: 401, headers: challenge }),
  )
  const repo = `${front.origin}/site.git`
  await expectSynced(repo, { flags: ['--username=ann'], env: { GITSYNC_PASSWORD: 'of-ann' } })
  const wrong = { flags: ['--username=ann'], env: { GITSYNC_PASSWORD: 'guessed' } }
  expect(await failure(repo, wrong)).toContain('check --username and the password')
})

for (const way of ['--password-file', '--credential']) {
  web.test(`${way}: a new password is used without a restart, whoever changes first`, async () => {
    await using server = await startGitHttp(repository, { user: 'ann', password: 'first' })
    const file = newPath('rotated')
    await writeFile(file, 'first')
    const root = newPath('root')
    const flags =
      way === '--credential'
        ? [credential({ url: server.url, username: 'ann', 'password-file': file })]
        : ['--username=ann', `--password-file=${file}`]
    await using sidecar = startGitSync({ repo: server.url, root, flags })
    const link = `${root}/site`
    await untilPublished(link, await repository.resolve())
    await server.setLogin({ user: 'ann', password: 'second' })
    await sidecar.line('Authentication failed')
    await writeFile(file, 'second')
    await untilPublished(link, await repository.publish({ 'index.html': `${way} 2\n` }))
    await writeFile(file, 'third')
    await server.setLogin({ user: 'ann', password: 'third' })
    await untilPublished(link, await repository.publish({ 'index.html': `${way} 3\n` }))
  })
}

web.test('a --git wrapper gets the login by git credential fill, and fetches as told', async () => {
  await using server = await startGitHttp(repository, { user: 'ann', password: 'of-ann' })
  const seen = newPath('seen')
  const flags = ['--username=ann', '--password-file', newPath('password')]
  await writeFile(flags[2] ?? '', 'of-ann')
  const wrapper = await script(
    `printf '%s\\n' "$*" >>${seen}
     case "$*" in *ls-remote*|fetch*)
       printf 'url=%s\\n\\n' '${server.url}' | git credential fill | sed 's/^/said /' >>${seen} ;;
     esac
     exec git "$@"`,
  )
  await expectSynced(server.url, { flags: [...flags, `--git=${wrapper}`] })
  const lines = (await readFile(seen, 'utf8')).split('\n')
  const asked = lines.findIndex((line) => line.includes('ls-remote'))
  const fetched = lines.findIndex((line) => line.startsWith(`fetch ${server.url} `))
  for (const at of [asked, fetched]) {
    expect(at).toBeGreaterThanOrEqual(0)
    expect(lines.slice(at + 1, at + 5)).toEqual([
      'said protocol=http',
      `said host=127.0.0.1:${server.port}`,
      'said username=ann',
      'said password=of-ann',
    ])
  }
})

test('a --git wrapper gets the login for a file URL, too', async () => {
  const wrapper = await script(
    `if [ "$1" = fetch ]; then
       printf 'url=%s\\n\\n' "$2" | git credential fill | grep -q '^password=of-bob$' || exit 1
     fi
     exec git "$@"`,
  )
  const repo = repository.url
  const own = `--git=${wrapper}`
  const bob = { url: repo, username: 'bob', password: 'of-bob' }
  await expectSynced(repo, { flags: [own, credential(bob)] })
  await expectSynced(repo, { flags: [own, '--username=bob'], env: { GITSYNC_PASSWORD: 'of-bob' } })
  await failure(repo, { flags: [own] })
})

web.test('a password of two lines, and one that cannot be read, are one line each', async () => {
  await using server = await startGitHttp(repository, { user: 'ann', password: 'of-ann' })
  const file = newPath('two-lines')
  await writeFile(file, 'of-ann\nof-bob\n')
  const flags = ['--username=ann', `--password-file=${file}`]
  const line = await failure(server.url, { flags })
  expect(line).toContain(`--password-file ${file}`)
  expect(line).toContain('more than one line')
  expect(line).not.toMatch(/of-ann|of-bob/)
  const missing = { url: server.url, username: 'ann', 'password-file': '/nowhere/password' }
  const away = await failure(server.url, { flags: [credential(missing)] })
  expect(away).toContain('Cannot read --credential /nowhere/password')
})

webTraced.test('no --credential is in an argument, log line, file or hook', async () => {
  const secret = 'Zq7-secret-Zq7'
  const header = btoa(`ann:${secret}`)
  await using server = await startGitHttp(repository, { user: 'ann', password: secret })
  const file = newPath('secret')
  await writeFile(file, secret)
  const printed = newPath('environment')
  const hook = await script(`env >${printed}`)
  const login = { url: server.url, username: 'ann' }
  const ways: readonly Ways[] = [
    { flags: [credential({ ...login, password: secret })] },
    { flags: [credential({ ...login, 'password-file': file })] },
    { env: { GITSYNC_CREDENTIAL: JSON.stringify({ ...login, password: secret }) } },
  ]
  for (const { flags = [], env = {} } of ways) {
    const [root, TMPDIR] = [newPath('root'), newPath('tmp')]
    await mkdir(TMPDIR)
    const own = ['--one-time', '-v=9', `--exechook-command=${hook}`]
    const sidecar = startGitSync({
      repo: server.url,
      root,
      flags: [...own, ...flags],
      env: { ...env, TMPDIR },
      countPrograms: true,
    })
    expect(await sidecar.exited).toBe(0)
    const programs = (await sidecar.programs()).join('\n')
    expect(programs).toContain('fetch')
    const environment = await readFile(printed, 'utf8')
    expect(environment).toContain('GITSYNC_HASH=')
    for (const text of [sidecar.stderr.join('\n'), programs, environment]) {
      expect(text).not.toContain(secret)
      expect(text).not.toContain(header)
    }
    const found = runChild(['grep', '-rlF', '-e', secret, '-e', header, root, TMPDIR])
    expect(await found.catch(() => 'none')).toBe('none')
  }
})

test('a bad --credential is refused by name, without its secret', async () => {
  const root = newPath('root')
  const text = '{"url":"https://host","pass":"hunter2"}'
  const bad = await syncOnce({ repo: repository.url, root, flags: [`--credential=${text}`] })
  expect(bad.code).toBe(2)
  expect(bad.said).toContain('--credential has the unknown field "pass"')
  const env = { GITSYNC_CREDENTIAL: text }
  const variable = await syncOnce({ repo: repository.url, root, env })
  expect(variable.code).toBe(1)
  expect(variable.said).toContain('$GITSYNC_CREDENTIAL has the unknown field "pass"')
  expect(bad.said + variable.said).not.toContain('hunter2')
})
