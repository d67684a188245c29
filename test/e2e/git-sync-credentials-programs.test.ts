import { afterAll, expect, setDefaultTimeout, test } from 'bun:test'
import { writeFile } from 'node:fs/promises'
import { startGitHttp } from '#test/fixtures/git-http.ts'
import { startGitSsh } from '#test/fixtures/git-ssh.ts'
import { startGithubApp } from '#test/fixtures/github-app.ts'
import { startFront } from '#test/fixtures/http-front.ts'
import { needs } from '#test/fixtures/needs.ts'
import { freePort } from '#test/fixtures/ports.ts'
import { createRepository } from '#test/fixtures/repository.ts'
import { temporaryFolder } from '#test/fixtures/temp.ts'
import { until } from '#test/fixtures/until.ts'
import { startGitSync, syncOnce } from './git-sync-run.ts'
import { gitSyncWithCookie, mayMount } from './git-sync-with-cookies.ts'

setDefaultTimeout(240_000)

const passes = 100
const password = 'pass-word-1'
const repository = await createRepository()
const folder = temporaryFolder('programs')
afterAll(() => Promise.all([repository.remove(), folder.remove()]))

const web = needs('nginx', 'fcgiwrap', 'openssl', 'strace')
const secure = needs('sshd', 'strace')

interface Way {
  readonly repo: string
  readonly flags?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  readonly executable?: string
}

let roots = 0

/** The program and, of git, what it was told to do. */
function nameOf(line: string): string {
  const [program = '', ...words] = line.split(' ')
  const name = program.replace(/.*\//, '')
  return name === 'git' ? `git ${words.find((word) => /^[a-z]/.test(word))}` : name
}

function counted(programs: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const name of programs.map(nameOf)) counts[name] = (counts[name] ?? 0) + 1
  return counts
}

/** How many programs of each name one pass starts that finds nothing new, over a hundred of them. */
async function programsOfPass({ flags = [], ...way }: Way): Promise<object> {
  const root = folder.at(`root-${roots++}`)
  const first = await syncOnce({ ...way, root, flags })
  expect({ code: first.code, errors: first.errors }).toEqual({ code: 0, errors: [] })
  const port = freePort()
  const own = ['--period=10ms', `--http-bind=127.0.0.1:${port}`, '--http-metrics']
  const sidecar = startGitSync({ ...way, root, flags: [...flags, ...own], countPrograms: true })
  const unchanged = await until(
    async () => {
      const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
      const count = Number(/^git_sync_count_total\{status="noop"\} (\d+)$/m.exec(text)?.[1] ?? 0)
      return count >= passes ? count : null
    },
    { timeoutMs: 200_000, everyMs: 100, what: `${passes} passes` },
  )
  await sidecar.stop()
  const perPass = Object.entries(counted(await sidecar.programs()))
    .map(([name, count]) => [name, Math.floor(count / unchanged)] as const)
    .filter(([, count]) => count > 0)
  return Object.fromEntries(perPass)
}

let without: Promise<object> | null = null

/** Of a pass over http that needs no login. */
function programsWithout(): Promise<object> {
  const measure = async (): Promise<object> => {
    await using open = await startGitHttp(repository)
    return await programsOfPass({ repo: open.url })
  }
  without ??= measure()
  return without
}

web.test('a pass over http starts no program, with a login or without', async () => {
  await using server = await startGitHttp(repository, { user: 'ann', password })
  const programs = await programsWithout()
  expect(programs).toEqual({})

  const file = folder.at('password')
  await writeFile(file, password)
  const login = { url: server.url, username: 'ann', 'password-file': file }
  using askpass = Bun.serve({
    port: 0,
    fetch: () => new Response(`username=ann\npassword=${password}\n`),
  })
  // As many hosts do with a name without `.git`.
  using front = startFront(new URL(server.url).origin, ({ uri }, origin) => {
    const [, rest] = /^\/site(\/.*)/.exec(uri) ?? []
    return rest === undefined ? null : Response.redirect(`${origin}/site.git${rest}`, 301)
  })
  const ways: Readonly<Record<string, Way>> = {
    'in the URL': { repo: server.url.replace('//', `//ann:${password}@`) },
    'password-file': { repo: server.url, flags: ['--username=ann', `--password-file=${file}`] },
    credential: { repo: server.url, flags: [`--credential=${JSON.stringify(login)}`] },
    'askpass-url': { repo: server.url, flags: [`--askpass-url=${askpass.url}`] },
    'sent on to .git': {
      repo: `${front.origin}/site`,
      flags: ['--username=ann', `--password-file=${file}`],
    },
  }
  for (const [way, options] of Object.entries(ways)) {
    expect({ way, programs: await programsOfPass(options) }).toEqual({ way, programs })
  }
})

web.test(
  'a first sync with a login starts two programs more: what git runs to ask and to tell',
  async () => {
    await using open = await startGitHttp(repository)
    await using server = await startGitHttp(repository, { user: 'ann', password })
    const programsOf = async (repo: string): Promise<Record<string, number>> => {
      const flags = ['--one-time']
      const root = folder.at(`root-${roots++}`)
      const sidecar = startGitSync({ repo, root, flags, countPrograms: true })
      expect(await sidecar.exited).toBe(0)
      return counted(await sidecar.programs())
    }
    const without = await programsOf(open.url)
    expect(without).not.toHaveProperty('sh')
    const inUrl = server.url.replace('//', `//ann:${password}@`)
    expect(await programsOf(inUrl)).toEqual({ ...without, sh: 2 })
  },
)

web.test('a pass with a token of a GitHub app starts the programs of one without', async () => {
  await using server = await startGitHttp(repository, { user: '-', password: 'none yet' })
  const issued = (token: string): Promise<void> => server.setLogin({ user: '-', password: token })
  await using github = await startGithubApp({ issuer: 'Iv1.app', installationId: 7, issued })
  const key = folder.at('app-key')
  await writeFile(key, github.newKey())
  const flags = [
    `--github-base-url=${github.baseUrl}`,
    '--github-app-client-id=Iv1.app',
    '--github-app-installation-id=7',
    `--github-app-private-key-file=${key}`,
  ]
  const env = { SSL_CERT_FILE: github.certificate }
  expect(await programsOfPass({ repo: server.url, flags, env })).toEqual(await programsWithout())
  expect(github.answers).toEqual(['201', '201'])
})

const mounted = mayMount ? web.test : test.skip

mounted('a pass with a cookie starts the programs of one without', async () => {
  await using server = await startGitHttp(repository, { cookie: 'session=our-secret' })
  const executable = await gitSyncWithCookie(folder.at('cookie'), 'our-secret')
  expect(await programsOfPass({ repo: server.url, flags: ['--cookie-file'], executable })).toEqual(
    await programsWithout(),
  )
})

secure.test(
  'a pass with several keys of ssh starts git, ssh and the shell that git calls it by',
  async () => {
    await using server = await startGitSsh(repository)
    const keys = [server.strangerKeyFile, server.keyFile].map((key) => `--ssh-key-file=${key}`)
    const flags = [...keys, `--ssh-known-hosts-file=${server.knownHostsFile}`]
    expect(await programsOfPass({ repo: server.url, flags })).toEqual({
      'git ls-remote': 1,
      sh: 1,
      ssh: 1,
    })
  },
)
