import { afterEach, beforeEach, expect, test } from 'bun:test'
import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { type Child, runChild, startChild } from '#test/fixtures/child.ts'
import { startGitSsh } from '#test/fixtures/git-ssh.ts'
import { needs } from '#test/fixtures/needs.ts'
import { createRepository } from '#test/fixtures/repository.ts'
import { type TemporaryFolder, temporaryFolder } from '#test/fixtures/temp.ts'
import { until, untilServed } from '#test/fixtures/until.ts'

const root = resolve(import.meta.dir, '../..')
const readyMs = 30_000

/** Where the demo puts everything, with a space as in many a home. */
let folder: TemporaryFolder
beforeEach(() => {
  folder = temporaryFolder('my demo')
})
afterEach(() => folder.remove())

function startDemo(...args: readonly string[]): Child {
  return startDemoIn(folder, args)
}

function startDemoIn(
  place: TemporaryFolder,
  args: readonly string[],
  extra: Readonly<Record<string, string>> = {},
): Child {
  const command = [process.execPath, 'scripts/demo/main.ts', ...args]
  // settings that a machine may have, each of which would lead the demo astray
  const astray = {
    GIT_DIR: '/wrong',
    GIT_WORK_TREE: '/wrong',
    GITSYNC_REF: 'wrong',
    TOPZ_ADDR: 'wrong',
    npm_config_prefix: '/wrong',
    HTTP_PROXY: 'http://127.0.0.1:9',
    http_proxy: 'http://127.0.0.1:9',
  }
  const env = { ...astray, TMPDIR: place.path, HOME: place.path, ...extra }
  return startChild(command, { cwd: root, env, name: 'demo' })
}

/** Processes whose command line or place is in the demo's folder, or that it started. */
function leftBehind(): readonly string[] {
  const processes = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  const running = processes.flatMap((pid) => {
    try {
      const environment = readFileSync(join('/proc', pid, 'environ'), 'utf8')
      if (!environment.split('\0').includes(`TMPDIR=${folder.path}`)) return []
      return [readFileSync(join('/proc', pid, 'cmdline'), 'utf8').replaceAll('\0', ' ')]
    } catch {
      return []
    }
  })
  return [...running, ...readdirSync(folder.path)]
}

async function urlOf(demo: Child, what: string): Promise<string> {
  return (await demo.line(new RegExp(`^${what} \\S+`), { timeoutMs: readyMs })).slice(
    what.length + 1,
  )
}

test('npm start -- --check sees both examples work and leaves nothing behind', async () => {
  await using demo = startDemo('--check')
  expect(await demo.exited).toBe(0)
  expect(demo.stderr).toEqual([])
  expect(demo.stdout).toEqual([
    expect.stringMatching(/^site http:\/\/127\.0\.0\.1:\d+\/$/),
    expect.stringMatching(/^topz http:\/\/127\.0\.0\.1:\d+\/topz$/),
    expect.stringMatching(/^repository \/.*\.git$/),
    expect.stringMatching(/^saw the site \(\d+ bytes, .*\) [\d.]+ s after the start$/),
    expect.stringMatching(/^saw commit [0-9a-f]{7} on the site [\d.]+ s after the push$/),
    expect.stringMatching(/^saw topz's text \(\d+ lines\) in [\d.]+ s$/),
    expect.stringMatching(/^saw topz's JSON \(\d+ processes; git-sync .*, topz .*\) in [\d.]+ s$/),
  ])
  expect(leftBehind()).toEqual([])
}, 60_000)

test('where nginx cannot be used the embedded server serves', async () => {
  // nginx would take the dollar for a variable of its own
  await using place = temporaryFolder('a $dollar')
  await using demo = startDemoIn(place, ['--check'])
  expect(await demo.exited).toBe(0)
  expect(demo.stdout.join('\n')).toMatch(/saw the site \(\d+ bytes, embedded server\)/)
  expect(readdirSync(place.path)).toEqual([])
}, 60_000)

test('two demos run at once, the second on the next free ports', async () => {
  await using first = startDemo()
  const firstUrl = await urlOf(first, 'site')
  await using second = startDemo('--check')
  expect(await second.exited).toBe(0)
  expect(await urlOf(second, 'site')).not.toBe(firstUrl)
  expect((await fetch(firstUrl)).status).toBe(200)
}, 60_000)

for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const) {
  test(`the printed line changes the site, and ${signal} ends all of it`, async () => {
    await using demo = startDemo()
    const site = await urlOf(demo, 'site')
    const line = await demo.line(/^echo .* && git /, { timeoutMs: readyMs })
    await runChild(['sh', '-c', line], { env: { HOME: folder.path } })
    await untilServed(site, '<p>Hello at')
    demo.signal(signal)
    expect(await demo.exited).toBe(code)
    expect(demo.stderr).toEqual([])
    expect(leftBehind()).toEqual([])
  }, 60_000)
}

test('Ctrl-C while it starts leaves nothing behind either', async () => {
  await using demo = startDemo()
  await until(() => (readdirSync(folder.path).length > 0 ? true : null))
  demo.signal('SIGINT')
  expect(await demo.exited).toBe(130)
  expect(leftBehind()).toEqual([])
}, 60_000)

test('when one of the programs dies the demo says which and why, and ends', async () => {
  await using demo = startDemo()
  const topz = await urlOf(demo, 'topz')
  const table = (await (await fetch(`${topz}.json`)).json()) as {
    processes: { pid: number; command: string }[]
  }
  const own = table.processes.find(({ command }) => command.includes(new URL(topz).host))
  process.kill(own?.pid ?? 0, 'SIGKILL')
  expect(await demo.exited).toBe(1)
  expect(demo.stderr.at(-1)).toMatch(/^The demo ends: topz ended with exit code 137/)
  expect(leftBehind()).toEqual([])
}, 60_000)

test('a repository of somebody else is followed and never changed', async () => {
  await using repository = await createRepository({ files: { 'index.html': 'theirs' } })
  await repository.tag('v1')
  const before = await repository.publish({ 'index.html': 'newer' })
  await using demo = startDemo('--repo', repository.url, '--ref=v1', '--check')
  expect(await demo.exited).toBe(0)
  expect(demo.stdout).toContain(`repository ${repository.url}`)
  expect(demo.stdout.join('\n')).toMatch(/saw the site \(6 bytes/)
  expect(await repository.resolve()).toBe(before)
}, 60_000)

needs('sshd').test(
  'a repository over ssh is followed with the hosts and keys of the person',
  async () => {
    await using repository = await createRepository({ files: { 'index.html': 'by ssh' } })
    await using server = await startGitSsh(repository)
    await Bun.write(folder.at('.ssh/known_hosts'), Bun.file(server.knownHostsFile))
    const ssh = `ssh -F none -i ${server.keyFile} -o IdentitiesOnly=yes`
    await using demo = startDemoIn(folder, ['--repo', server.url, '--check'], {
      GIT_SSH_COMMAND: ssh,
    })
    expect(await demo.exited).toBe(0)
    expect(demo.stderr).toEqual([])
    expect(demo.stdout.join('\n')).toMatch(/saw the site \(6 bytes/)
  },
  60_000,
)

test('a repository that does not exist is one readable line, and the demo ends', async () => {
  await using demo = startDemo('--repo', '/no/such/repository')
  expect(await demo.exited).toBe(1)
  expect(demo.stderr).toEqual([
    expect.stringMatching(/^git-sync: .*\/no\/such\/repository/),
    'Cannot start the demo: the first sync failed',
  ])
  expect(leftBehind()).toEqual([])
}, 60_000)

test('an unknown option is refused in one line with exit code 2', async () => {
  await using demo = startDemo('--wrong')
  expect(await demo.exited).toBe(2)
  expect(demo.stderr).toEqual([expect.stringMatching(/^Cannot start the demo: .*--wrong/)])
})
