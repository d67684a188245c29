import { afterAll, expect, setDefaultTimeout, test } from 'bun:test'
import { createRepository, type Repository } from '#test/fixtures/repository.ts'
import { temporaryFolder } from '#test/fixtures/temp.ts'
import { until } from '#test/fixtures/until.ts'
import { startGitSync, syncOnce, untilPublished } from './git-sync-run.ts'

setDefaultTimeout(30_000)

const folder = temporaryFolder('pprof')
afterAll(() => folder.remove())

let roots = 0

/** A .cpuprofile; times in microseconds. */
interface Profile {
  readonly nodes: readonly { readonly callFrame: { readonly functionName: string } }[]
  readonly samples: readonly number[]
  readonly timeDeltas: readonly number[]
  readonly startTime: number
  readonly endTime: number
}

/** A git-sync that serves its first tree, and a function that asks it. */
async function started(repository: Repository, ...flags: readonly string[]) {
  const root = folder.at(`root-${roots++}`)
  const http = ['--http-bind=127.0.0.1:0', ...flags]
  const env = { GITSYNC_USERNAME: 'ann', GITSYNC_PASSWORD: 'secret-word' }
  const sidecar = startGitSync({ repo: repository.url, root, flags: http, env })
  await untilPublished(`${root}/site`, await repository.resolve())
  const { address } = JSON.parse(await sidecar.line('serving HTTP'))
  const ask = (path: string, init: RequestInit = {}): Promise<Response> =>
    fetch(`http://${address}${path}`, { redirect: 'manual', ...init })
  // The pass that flips the link is good a moment later.
  await until(async () => (await ask('/')).ok || null, { what: 'the first good pass' })
  return {
    ask,
    [Symbol.asyncDispose]: () => sidecar[Symbol.asyncDispose](),
  }
}

test('without the options, and at any other path, there is the answer of the probe', async () => {
  await using repository = await createRepository()
  await using sync = await started(repository)
  const paths = ['/', '/any/path', '/metrics', '/debug/pprof', '/debug/pprof/', '/debug/pprof/heap']
  for (const path of paths) {
    for (const method of ['GET', 'POST', 'HEAD', 'PUT', 'OPTIONS']) {
      const answer = await sync.ask(path, { method })
      expect([path, method, answer.status, await answer.text()]).toEqual([path, method, 200, ''])
    }
  }
})

test('an address that cannot be listened on is one line and exit code 1', async () => {
  await using repository = await createRepository()
  const taken = Bun.listen({ hostname: '127.0.0.1', port: 0, socket: { data() {} } })
  for (const [address, why] of [
    [`127.0.0.1:${taken.port}`, 'the port is taken; choose another with --http-bind'],
    ['192.0.2.1:80', 'this machine has no such address; choose one it has, or 0.0.0.0, with'],
  ] as const) {
    const flags = [`--http-bind=${address}`]
    const root = folder.at(`root-${roots++}`)
    const { code, errors } = await syncOnce({ repo: repository.url, root, flags })
    expect({ code, lines: errors.length }).toEqual({ code: 1, lines: 1 })
    expect(errors[0]).toContain(`Cannot listen on ${address}: ${why}`)
  }
  taken.stop(true)
})

test('/debug/pprof/ lists what there is, and says so of what there is not', async () => {
  await using repository = await createRepository()
  await using sync = await started(repository, '--http-pprof')
  const index = await (await sync.ask('/debug/pprof/')).text()
  for (const name of ['profile', 'heap', 'cmdline']) expect(index).toMatch(RegExp(`^${name}`, 'm'))
  expect((await sync.ask('/debug/pprof')).headers.get('location')).toBe('/debug/pprof/')
  for (const name of ['symbol', 'trace', 'goroutine', 'allocs']) {
    const answer = await sync.ask(`/debug/pprof/${name}`)
    expect(answer.status).toBe(404)
    expect(await answer.text()).toBe(
      `There is no ${name} in this runtime; /debug/pprof/ lists what there is\n`,
    )
  }
  expect((await sync.ask('/debug/pprof/nothing')).status).toBe(404)
  expect((await sync.ask('/debug/pprofile')).status).toBe(200)
})

test('a CPU profile names the functions that worked', async () => {
  await using repository = await createRepository()
  await using sync = await started(repository, '--http-pprof', '--period=10ms')
  const answer = await sync.ask('/debug/pprof/profile?seconds=2')
  expect(answer.headers.get('content-disposition')).toContain('.cpuprofile')
  const profile = (await answer.json()) as Profile
  expect(profile.nodes.map((node) => node.callFrame.functionName)).toContain('pass')
  expect(profile.samples).toHaveLength(profile.timeDeltas.length)
  expect(profile.endTime - profile.startTime).toBeGreaterThan(1e6)
})

test('there is one profile at a time, of at most a minute, and for whom waits', async () => {
  await using repository = await createRepository()
  await using sync = await started(repository, '--http-pprof')
  const profile = '/debug/pprof/profile'
  for (const seconds of ['0', '61', '-1', 'x', '']) {
    const answer = await sync.ask(`${profile}?seconds=${seconds}`)
    expect([seconds, answer.status]).toEqual([seconds, 400])
    expect(await answer.text()).toBe('Cannot profile: seconds must be 1 to 60\n')
  }
  const impatient = new AbortController()
  const first = sync.ask(profile, { signal: impatient.signal }).catch(() => 'left')
  const untilStatus = (status: number) =>
    until(async () => (await sync.ask(`${profile}?seconds=0`)).status === status || null)
  await untilStatus(409)
  impatient.abort()
  expect(await first).toBe('left')
  await untilStatus(400)
})

test('memory is told in figures, the options without secrets', async () => {
  await using repository = await createRepository()
  await using sync = await started(repository, '--http-pprof', '-v=1')
  const heap = await (await sync.ask('/debug/pprof/heap')).text()
  expect(heap).toMatch(/^rss \d{7,}\nheapSize \d+\n/)
  expect(heap).toMatch(/^ {2}Function \d+$/m)
  const words = (await (await sync.ask('/debug/pprof/cmdline')).text()).split('\0')
  expect(words[0]).toBe('git-sync')
  expect(words).toContain(`--repo=${repository.url}`)
  expect(words).toContain('--username=ann')
  expect(words).toContain('--http-pprof=true')
  expect(`${heap}${words}`).not.toContain('secret-word')
})

test('no login that the options hold is among them', async () => {
  const login = { url: 'https://h/a', username: 'bob', password: 'secret-of-bob' }
  await using sidecar = startGitSync({
    repo: 'http://secret-token:secret-word@127.0.0.1:1/site.git',
    root: folder.at('logins'),
    flags: [
      ...['--http-bind=127.0.0.1:0', '--http-pprof', '--max-failures=-1'],
      ...[`--credential=${JSON.stringify(login)}`, '--webhook-url=http://127.0.0.1:1/secret-path'],
    ],
  })
  const { address } = JSON.parse(await sidecar.line('serving HTTP'))
  await sidecar.line('sync failed')
  const words = await (await fetch(`http://${address}/debug/pprof/cmdline`)).text()
  expect(words).toContain('127.0.0.1:1/site.git')
  expect(words).toContain('--credential=')
  expect(words).not.toContain('secret')
})
