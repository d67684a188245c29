import { afterAll, expect, setDefaultTimeout } from 'bun:test'
import { chmod, readFile, writeFile } from 'node:fs/promises'
import { runChild } from '#test/fixtures/child.ts'
import { type GitHttp, startGitHttp } from '#test/fixtures/git-http.ts'
import { type GithubApp, type GithubAppOptions, startGithubApp } from '#test/fixtures/github-app.ts'
import { needs } from '#test/fixtures/needs.ts'
import { freePort } from '#test/fixtures/ports.ts'
import { createRepository, type Repository } from '#test/fixtures/repository.ts'
import { temporaryFolder } from '#test/fixtures/temp.ts'
import { until } from '#test/fixtures/until.ts'
import { errorsOf, expectServes, startGitSync, syncOnce, untilPublished } from './git-sync-run.ts'

setDefaultTimeout(40_000)

const repository = await createRepository()
const commit = await repository.resolve()
const folder = temporaryFolder('github-app')
afterAll(() => Promise.all([repository.remove(), folder.remove()]))

const web = needs('nginx', 'fcgiwrap', 'openssl')
const webTraced = needs('nginx', 'fcgiwrap', 'openssl', 'strace')

let roots = 0
const newRoot = (): string => folder.at(`root-${roots++}`)

interface Host extends AsyncDisposable {
  readonly github: GithubApp
  readonly server: GitHttp
  /** To sync from it with the key in the file. */
  readonly sync: {
    readonly repo: string
    readonly flags: readonly string[]
    readonly env: Readonly<Record<string, string>>
  }
  readonly keyFile: string
}

/** A host whose repository takes the newest token of the app alone. */
async function startHost(
  options: Partial<GithubAppOptions> = {},
  served: Repository = repository,
): Promise<Host> {
  const server = await startGitHttp(served, { user: '-', password: 'none yet' })
  const github = await startGithubApp({
    issuer: 'Iv1.app',
    installationId: 4711,
    issued: (token) => server.setLogin({ user: '-', password: token }),
    ...options,
  })
  const keyFile = folder.at(`key-${roots++}.pem`)
  await writeFile(keyFile, github.newKey())
  const flags = [
    `--github-base-url=${github.baseUrl}`,
    '--github-app-client-id=Iv1.app',
    '--github-app-installation-id=4711',
    `--github-app-private-key-file=${keyFile}`,
  ]
  const env = { SSL_CERT_FILE: github.certificate }
  return {
    github,
    server,
    keyFile,
    sync: { repo: server.url, flags, env },
    async [Symbol.asyncDispose]() {
      await server.stop()
      await github[Symbol.asyncDispose]()
    },
  }
}

async function metric(address: string, series: string): Promise<number> {
  const text = await (await fetch(`http://${address}/metrics`)).text()
  const line = text.split('\n').find((each) => each.startsWith(`${series} `))
  return Number(line?.split(' ')[1] ?? 0)
}

const refreshed = (status: string): string =>
  `git_sync_refresh_github_app_token_count{status="${status}"}`

web.test('a token of the app is the login of the repository', async () => {
  await using host = await startHost()
  const root = newRoot()
  expect(await syncOnce({ ...host.sync, root })).toMatchObject({ code: 0, errors: [] })
  await expectServes(`${root}/site`, repository, commit)
  expect(host.github.answers).toEqual(['201'])
})

web.test('the app by its number, the key from the environment, the API below a path', async () => {
  await using host = await startHost({ issuer: '815', path: '/api/v3' })
  const { github, server } = host
  const env = {
    SSL_CERT_FILE: github.certificate,
    GITSYNC_GITHUB_APP_PRIVATE_KEY: github.newKey('pkcs8'),
    GITSYNC_GITHUB_APP_APPLICATION_ID: '815',
    GITSYNC_GITHUB_APP_INSTALLATION_ID: '4711',
  }
  for (const baseUrl of [github.baseUrl, `${github.baseUrl}/`]) {
    const flags = [`--github-base-url=${baseUrl}`]
    const once = await syncOnce({ repo: server.url, root: newRoot(), flags, env })
    expect(once).toMatchObject({ code: 0, errors: [] })
  }
  expect(github.answers).toEqual(['201', '201'])
})

web.test(
  'a token that lasts is used for all syncs, one that ends soon is replaced before',
  async () => {
    for (const [lifetimeMs, requests] of [
      [3_600_000, 1],
      [32_000, 3],
    ] as const) {
      await using host = await startHost({ lifetimeMs })
      const address = `127.0.0.1:${freePort()}`
      const root = newRoot()
      const flags = [...host.sync.flags, `--http-bind=${address}`, '--http-metrics']
      await using sidecar = startGitSync({ ...host.sync, root, flags })
      await untilPublished(`${root}/site`, commit)
      const polled = (): Promise<number> => metric(address, 'git_sync_count_total{status="noop"}')
      const asked = (): Promise<number> => metric(address, refreshed('success'))
      await until(
        async () => ((await polled()) > 10 && (await asked()) >= requests ? true : null),
        { timeoutMs: 20_000, what: `${requests} requests of tokens` },
      )
      if (requests === 1) expect(host.github.answers).toEqual(['201'])
      expect(new Set(host.github.answers)).toEqual(new Set(['201']))
      expect(errorsOf(sidecar)).toEqual([])
    }
  },
)

web.test(
  'without GitHub the syncs fail, the tree stays, and it goes on when GitHub is back',
  async () => {
    await using served = await createRepository()
    await using host = await startHost({ lifetimeMs: 20_000 }, served)
    const address = `127.0.0.1:${freePort()}`
    const root = newRoot()
    const flags = [...host.sync.flags, `--http-bind=${address}`, '--http-metrics']
    await using sidecar = startGitSync({ ...host.sync, root, flags })
    const first = await served.resolve()
    await untilPublished(`${root}/site`, first)
    host.github.failWith(503)
    const line = await sidecar.line('sync failed')
    expect(line).toContain(
      'Cannot get a token for the GitHub app: GitHub answered 503 (Server Error)',
    )
    const failed = (): Promise<number> => metric(address, refreshed('error'))
    await until(async () => ((await failed()) > 1 ? true : null), { what: 'two failures' })
    await expectServes(`${root}/site`, served, first)
    const next = await served.publish({ 'index.html': 'two\n' })
    host.github.failWith(null)
    await untilPublished(`${root}/site`, next)
    expect(sidecar.running).toBe(true)
  },
)

web.test('a key that is changed in its file is used without a restart', async () => {
  await using served = await createRepository()
  await using host = await startHost({ lifetimeMs: 20_000 }, served)
  const root = newRoot()
  await using sidecar = startGitSync({ ...host.sync, root })
  await untilPublished(`${root}/site`, await served.resolve())
  const key = host.github.newKey()
  const line = await sidecar.line('sync failed')
  expect(line).toContain('GitHub answered 401 (A JSON web token could not be verified) and not 201')
  expect(line).toContain('check the key, the id of the app and the clock')
  await writeFile(host.keyFile, key)
  const next = await served.publish({ 'index.html': 'two\n' })
  await untilPublished(`${root}/site`, next)
})

web.test('what is wrong with the app is one line that says what to check', async () => {
  await using host = await startHost()
  const { github, sync, keyFile } = host
  const wrong: readonly (readonly [flag: string, why: string])[] = [
    ['--github-app-client-id=Iv1.other', "401 ('Issuer' claim ('iss') must be the app)"],
    ['--github-app-installation-id=1', 'check --github-app-installation-id'],
    ['--github-app-private-key-file=/none', 'Cannot read --github-app-private-key-file /none: '],
    [`--github-app-private-key-file=${github.certificate}`, 'it is no private RSA key in PEM'],
    ['--github-base-url=https://127.0.0.1:1/api', 'Cannot reach https://127.0.0.1:1: nobody'],
    ['--github-base-url=nonsense', 'it is no http or https URL'],
  ]
  const key = await readFile(keyFile, 'utf8')
  for (const [flag, why] of wrong) {
    const root = newRoot()
    const flags = [...sync.flags, flag, '-v=9', '--error-file=error']
    const { code, errors, said } = await syncOnce({ ...sync, root, flags })
    expect({ flag, code, errors: errors.length }).toEqual({ flag, code: 1, errors: 1 })
    expect(errors[0]).toContain('Cannot get a token for the GitHub app: ')
    expect(JSON.parse(errors[0] ?? '').error).toContain(why)
    expect(said).not.toContain(key.split('\n')[3] ?? '')
    expect(await readFile(`${root}/error`, 'utf8')).toContain('Cannot get a token')
  }
  const { code, errors } = await syncOnce({ ...sync, root: newRoot(), env: {} })
  expect(code).toBe(1)
  expect(errors[0]).toContain('its certificate is not trusted')
})

webTraced.test('key and token are in no argument, log line, file or hook', async () => {
  await using host = await startHost()
  const { github, sync } = host
  const hook = folder.at('print-environment')
  const printed = folder.at('environment')
  await writeFile(hook, `#!/bin/sh\nenv >${printed}\n`)
  await chmod(hook, 0o755)
  const key = github.newKey()
  const env = { ...sync.env, GITSYNC_GITHUB_APP_PRIVATE_KEY: key }
  const flags = [
    ...sync.flags.filter((flag) => !flag.includes('private-key')),
    ...['--one-time', '-v=9', `--exechook-command=${hook}`],
  ]
  const root = newRoot()
  const sidecar = startGitSync({ ...sync, root, flags, env, countPrograms: true })
  expect(await sidecar.exited).toBe(0)
  const programs = (await sidecar.programs()).join('\n')
  const environment = await readFile(printed, 'utf8')
  expect(environment).toContain(`GITSYNC_HASH=${commit}`)
  const basic = Buffer.from(`-:${github.token()}`).toString('base64')
  for (const secret of [github.token(), basic, key.split('\n')[3] ?? '']) {
    expect(secret.length).toBeGreaterThan(20)
    for (const text of [sidecar.stderr.join('\n'), programs, environment]) {
      expect(text).not.toContain(secret)
    }
    expect(await runChild(['grep', '-rlF', secret, root]).catch(() => 'none')).toBe('none')
  }
})
