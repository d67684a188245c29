import { afterAll, expect, setDefaultTimeout, test } from 'bun:test'
import { existsSync } from 'node:fs'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { delimiter, relative } from 'node:path'
import { startGitHttp } from '#test/fixtures/git-http.ts'
import { needs } from '#test/fixtures/needs.ts'
import { createRepository } from '#test/fixtures/repository.ts'
import { type Sidecar, startSidecar } from '#test/fixtures/sidecar.ts'
import { temporaryFolder } from '#test/fixtures/temp.ts'
import { errorsOf, expectServes, syncOnce, untilPublished } from './git-sync-run.ts'

setDefaultTimeout(30_000)

const repository = await createRepository({ files: { 'index.html': 'one\n' } })
const repo = repository.url
const commit = await repository.resolve()
const folder = temporaryFolder('options')
afterAll(() => Promise.all([repository.remove(), folder.remove()]))

const web = needs('nginx', 'fcgiwrap', 'openssl')

let roots = 0

function newRoot(): string {
  return folder.at(`root-${roots++}`)
}

/** Runs it to its end with nothing but these words and variables. */
async function run(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<{ readonly code: number; readonly sidecar: Sidecar }> {
  const sidecar = startSidecar(['git-sync', ...args], { env })
  return { code: await sidecar.exited, sidecar }
}

test('version, help and manual are printed to standard output, and the exit code is 0', async () => {
  const { version } = await Bun.file(`${import.meta.dir}/../../package.json`).json()
  const printed: readonly (readonly [flag: string, words: readonly string[]])[] = [
    ['--version', [version]],
    ['--version=true', [version]],
    ...['--help', '-h', '-?', '--__?'].map(
      (flag) => [flag, ['--repo URL', 'GITSYNC_REPO']] as const,
    ),
    ['--man', ['EXIT CODES', '--repo URL', '$GITSYNC_REPO', 'SIGNALS']],
  ]
  for (const [flag, words] of printed) {
    const { code, sidecar } = await run([flag])
    expect([flag, code, sidecar.stderr]).toEqual([flag, 0, []])
    for (const word of words) expect(sidecar.stdout.join('\n')).toContain(word)
  }
})

test('a bad variable is fatal before anything is printed', async () => {
  const variables = {
    GITSYNC_PERIOD: '',
    GITSYNC_DEPTH: 'deep',
    GITSYNC_ONE_TIME: 'yes',
    GIT_SYNC_WAIT: 'soon',
    GIT_SYNC_TIMEOUT: '1.5',
  }
  for (const [name, value] of Object.entries(variables)) {
    for (const flag of ['--version', '--help', '--man']) {
      const { code, sidecar } = await run([flag], { [name]: value })
      expect([name, code, sidecar.stdout]).toEqual([name, 1, []])
      expect(errorsOf(sidecar)[0]).toContain(`for $${name} `)
    }
  }
})

test('all that is needed may come by the environment, new names and old', async () => {
  for (const prefix of ['GITSYNC', 'GIT_SYNC']) {
    const root = newRoot()
    const { code, sidecar } = await run([], {
      [`${prefix}_REPO`]: repo,
      [`${prefix}_ROOT`]: root,
      [`${prefix}_LINK`]: 'site',
      [`${prefix}_ONE_TIME`]: 'T',
      [`${prefix}_DEPTH`]: '0x1',
      [`${prefix}_SYNC_TIMEOUT`]: '1m30s',
    })
    expect({ code, errors: errorsOf(sidecar) }).toEqual({ code: 0, errors: [] })
    await expectServes(`${root}/site`, repository, commit)
    const told = sidecar.stderr.filter((line) => line.includes('has been deprecated')).length
    expect(told).toBe(prefix === 'GITSYNC' ? 0 : 6)
  }
})

test('a flag wins over an old name, an old name over the new one, and each use is told', async () => {
  const root = newRoot()
  const env = { GITSYNC_LINK: 'new', GIT_SYNC_LINK: 'old' }
  const { sidecar } = await run([`--repo=${repo}`, `--root=${root}`, '--one-time'], env)
  const said = sidecar.stderr.join('\n')
  expect(said).toContain('env $GIT_SYNC_LINK has been deprecated, use $GITSYNC_LINK instead')
  expect(said).toContain('env $GITSYNC_LINK was overridden by $GIT_SYNC_LINK')
  await run([`--repo=${repo}`, `--root=${root}`, '--one-time', '--link=flag'], env)
  const links = (await readdir(root)).filter((name) => !name.startsWith('.'))
  expect(links.sort()).toEqual(['flag', 'old'])
})

test('values follow = or a space, words that are no option and odd variables are passed over', async () => {
  const root = newRoot()
  const words = [
    '--repo',
    repo,
    'word',
    '--root',
    root,
    '--link',
    'site',
    '-v',
    '1',
    '--one-time',
    'no',
  ]
  const { code, sidecar } = await run([...words, '--', '--nope'], { GITSYNC_LIMK: 'x' })
  expect({ code, errors: errorsOf(sidecar) }).toEqual({ code: 0, errors: [] })
  expect(sidecar.stderr.join('\n')).toContain('"words":["word","no","--nope"]')
  await expectServes(`${root}/site`, repository, commit)
})

web.test('a command line of version 3 does what it did', async () => {
  await using server = await startGitHttp(repository, { user: 'ann', password: 'old-word' })
  const root = newRoot()
  const hook = folder.at('hook')
  const ran = folder.at('ran')
  await writeFile(hook, `#!/bin/sh\necho "$GITSYNC_HASH" >>${ran}\n`, { mode: 0o755 })
  const flags = ['--branch=main', '--rev=HEAD', '--dest=site', '--wait=0.05', '--timeout=20']
  const more = ['--max-sync-failures=3', `--sync-hook-command=${hook}`, '--ssh', '--v=1']
  await using sidecar = startSidecar([
    ...['git-sync', `--repo=${server.url}`, `--root=${root}`, '--username=ann'],
    ...['--password=old-word', ...flags, ...more],
  ])
  await untilPublished(`${root}/site`, commit)
  await sidecar.line('ran the exechook')
  expect((await readFile(ran, 'utf8')).trim()).toBe(commit)
  const said = sidecar.stderr.join('\n')
  for (const [old, now] of [
    ['--branch', '--ref'],
    ['--dest', '--link'],
    ['--wait', '--period'],
    ['--timeout', '--sync-timeout'],
    ['--max-sync-failures', '--max-failures'],
    ['--sync-hook-command', '--exechook-command'],
    ['--password', '$GITSYNC_PASSWORD'],
  ]) {
    expect(said).toContain(`${old} has been deprecated, use ${now} instead`)
  }
  expect(said).not.toContain('old-word')
  await sidecar.stop()
  const failed = startSidecar([
    ...['git-sync', `--repo=${repo}-nowhere`, `--root=${root}`, ...flags, ...more],
  ])
  expect(await failed.exited).toBe(1)
  expect(errorsOf(failed).filter((line) => line.includes('sync failed'))).toHaveLength(3)
  const waits = failed.log().flatMap(({ wait }) => (wait === undefined ? [] : [wait]))
  expect(waits).toEqual([expect.stringMatching(/^\d.*ms$/), expect.stringMatching(/^\d.*ms$/)])
})

web.test('the first line tells who runs with what, and no secret', async () => {
  await using server = await startGitHttp(repository, { user: 't0ken', password: 's3cret' })
  const flags = [
    ...[
      '--link=site',
      '--one-time',
      '--period=90s',
      '--askpass-url=http://u:h1dden@127.0.0.1:1/h1dden',
    ],
    ...['--webhook-url=http://127.0.0.1:1/h1dden', '--webhook-success-status=0'],
    '--credential={"url":"https://h","username":"bob","password":"h1dden"}',
    ...['--password=h1dden', '--username=ann', '--__env__GITSYNC_PASSWORD=h1dden'],
    '--git-config=http.extraHeader:Authorization: Bearer h1dden',
  ]
  const hello = async (args: readonly string[], env: Record<string, string> = {}) => {
    const { sidecar } = await run([`--root=${newRoot()}`, ...args], env)
    expect(sidecar.stderr.join('\n')).not.toMatch(/h1dden|s3cret|t0ken/)
    return sidecar.log().find(({ msg }) => msg === 'starting up')
  }
  const home = folder.path
  const first = await hello([`--repo=${repo}`, ...flags], { HOME: home })
  expect(first).toMatchObject({
    ...{ level: 0, home, uid: process.getuid?.(), gid: process.getgid?.() },
    pid: expect.any(Number),
    version: expect.any(String),
    options: {
      ...{ repo, period: '1m30s', username: 'ann', 'one-time': true },
      ...{ password: '[redacted]', credential: '[redacted]' },
      ...{ 'webhook-url': 'http://127.0.0.1:1/[redacted]', 'git-config': 'http.extraHeader' },
      'askpass-url': 'http://127.0.0.1:1/[redacted]',
    },
  })
  const login = server.url.replace('//', '//t0ken:s3cret@')
  const second = await hello(['--one-time'], { GITSYNC_REPO: login })
  expect(second).toMatchObject({ options: { repo: server.url } })
  const third = await hello(['--one-time'], { GITSYNC_REPO: login.replace(':s3cret', '') })
  expect(third).toMatchObject({ options: { repo: server.url } })
})

test('--branch and --rev are refs, and --timeout ends a sync', async () => {
  await using own = await createRepository({ files: { a: '1\n' } })
  const first = await own.resolve()
  await own.tag('v1')
  await own.publish({ a: '2\n' })
  await own.branch('other', first)
  for (const flag of ['--branch=other', '--rev=v1', `--rev=${first}`]) {
    const root = newRoot()
    expect(await syncOnce({ repo: own.url, root, flags: [flag] })).toMatchObject({ code: 0 })
    await expectServes(`${root}/site`, own, first)
  }
  using host = Bun.listen({ hostname: '127.0.0.1', port: 0, socket: { data() {} } })
  const silent = { repo: `git://127.0.0.1:${host.port}/x`, root: newRoot() }
  const { errors } = await syncOnce({ ...silent, flags: ['--timeout=1'] })
  expect(errors[0]).toContain('ran into --sync-timeout 1s')
})

test('a program given by --git is a name, a path, or a path from the working folder', async () => {
  const script = (name: string): Promise<void> =>
    writeFile(folder.at(name), `#!/bin/sh\necho "$*" >>$0.ran\nexec git "$@"\n`, { mode: 0o755 })
  await Promise.all(['one', 'two', 'three'].map(script))
  const env = { PATH: `${folder.path}${delimiter}${process.env.PATH}` }
  for (const [name, git] of [
    ['one', 'one'],
    ['two', folder.at('two')],
    ['three', `./${relative('/', folder.at('three'))}`],
  ]) {
    const root = newRoot()
    const { code } = await syncOnce({ repo, root, env, flags: [`--git=${git}`] })
    expect(code).toBe(0)
    await expectServes(`${root}/site`, repository, commit)
    const calls = (await readFile(folder.at(`${name}.ran`), 'utf8')).split('\n')
    // what moves objects is `fetch`, with the URL as its first word
    expect(calls.some((line) => line.startsWith(`fetch ${repo} `))).toBe(true)
  }
  const root = newRoot()
  const byVariable = { ...env, GITSYNC_GIT: 'nowhere-git' }
  expect((await syncOnce({ repo, root, env: byVariable })).errors[0]).toContain('--git nowhere-git')
})

test('each level of verbosity shows what the one below shows, and more', async () => {
  const lines = new Map<string, number>()
  for (const level of ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9']) {
    const { code, said } = await syncOnce({ repo, root: newRoot(), flags: [`-v${level}`] })
    expect(code).toBe(0)
    expect(said.includes('"ran git"')).toBe(Number(level) >= 5)
    expect(said.includes('"git said"')).toBe(Number(level) >= 6)
    lines.set(level, said.split('\n').length)
  }
  const counts = [...lines.values()]
  expect(counts).toEqual(counts.toSorted((a, b) => a - b))
  for (const given of [{ env: { GITSYNC_VERBOSE: '5' } }, { flags: ['--v=5'] }]) {
    expect((await syncOnce({ repo, root: newRoot(), ...given })).said).toContain('"ran git"')
  }
})

test('--stale-worktree-timeout keeps a tree that another took the place of', async () => {
  await using own = await createRepository({ files: { a: '1\n' } })
  const first = await own.resolve()
  for (const [flags, kept] of [
    [['--stale-worktree-timeout=1h'], true],
    [['--stale-worktree-timeout=0s'], false],
    [[], false],
  ] as const) {
    const root = newRoot()
    expect(
      await syncOnce({ repo: own.url, root, flags: [...flags, `--ref=${first}`] }),
    ).toMatchObject({
      code: 0,
    })
    const second = await own.publish({ a: `${roots}\n` })
    expect(await syncOnce({ repo: own.url, root, flags })).toMatchObject({ code: 0 })
    await expectServes(`${root}/site`, own, second)
    expect(existsSync(`${root}/.worktrees/${first}/a`)).toBe(kept)
  }
})

test('touch and error file may stand anywhere, in folders that are made for them', async () => {
  const [touched, failed] = [folder.at('signs/a/touched'), folder.at('signs/b/failed')]
  const flags = [`--touch-file=${touched}`, `--error-file=${failed}`]
  expect(await syncOnce({ repo: `${repo}-nowhere`, root: newRoot(), flags })).toMatchObject({
    code: 1,
  })
  expect(existsSync(touched)).toBe(false)
  expect(JSON.parse(await readFile(failed, 'utf8'))).toMatchObject({ Msg: 'sync failed', Args: {} })
  expect(await syncOnce({ repo, root: newRoot(), flags })).toMatchObject({ code: 0 })
  expect(existsSync(touched)).toBe(true)
  expect(existsSync(failed)).toBe(false)
})
