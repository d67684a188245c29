import { afterAll, expect, setDefaultTimeout, test } from 'bun:test'
import { existsSync, readlinkSync } from 'node:fs'
import { chmod, chown, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { runChild } from '#test/fixtures/child.ts'
import { needs } from '#test/fixtures/needs.ts'
import { createRepository } from '#test/fixtures/repository.ts'
import { type Sidecar, usual } from '#test/fixtures/sidecar.ts'
import { temporaryFolder } from '#test/fixtures/temp.ts'
import { until } from '#test/fixtures/until.ts'
import { errorsOf, startGitSync, syncOnce, untilPublished } from './git-sync-run.ts'
import { linesOf, scriptsIn, untilLines } from './hook-scripts.ts'

setDefaultTimeout(30_000)

const folder = temporaryFolder('hooks')
afterAll(() => folder.remove())
const { path, script } = scriptsIn(folder)

const kinds = ['exechook', 'pre-publish-exechook'] as const
const traced = needs('strace')
const asRoot = needs('root')

/** The counts of hook runs that `/metrics` tells, by `name status`. */
async function hookRuns(sidecar: Sidecar): Promise<Record<string, number>> {
  const { address } = JSON.parse(await sidecar.line('serving HTTP'))
  const text = await (await fetch(`http://${address}/metrics`)).text()
  const samples = text.matchAll(
    /^git_sync_hook_run_count_total\{name="(.*)",status="(.*)"\} (\d+)$/gm,
  )
  return Object.fromEntries(
    [...samples].map(([, name, status, value]) => [`${name} ${status}`, Number(value)]),
  )
}

const withMetrics = ['--http-bind=127.0.0.1:0', '--http-metrics']

traced.test(
  'the pre-publish exechook starts in the place of the new tree before the link names it',
  async () => {
    await using repository = await createRepository()
    const root = path('root')
    await syncOnce({ repo: repository.url, root })
    const commit = await repository.publish({ a: '2\n' })
    const trace = path('trace')
    const hook = await script(`echo $GITSYNC_HASH $(pwd -P) $PWD $# >>${path('seen')}`)
    const tracer = 'strace -D -f -e trace=execve,rename,renameat,renameat2 -s 300'
    const executable = await script(`exec ${tracer} -o ${trace} ${usual.join(' ')} "$@"`)
    const flags = [`--pre-publish-exechook-command=${hook}`]
    const { code } = await syncOnce({ repo: repository.url, root, flags, executable })
    expect(code).toBe(0)
    const place = `${root}/.worktrees/${commit}`
    const calls = (await readFile(trace, 'utf8')).split('\n')
    const order = [`"${place}")`, `execve("${hook}"`, `"${root}/site")`].map((call) =>
      calls.findIndex((line) => line.includes(call)),
    )
    expect(order).not.toContain(-1)
    expect(order).toEqual(order.toSorted((a, b) => a - b))
  },
)

test('the pre-publish exechook gets the new hash, the new tree and no arguments', async () => {
  await using repository = await createRepository({ files: { a: '1\n' } })
  const [root, seen] = [path('root'), path('seen')]
  const hook = await script(`echo "$GITSYNC_HASH $(pwd -P) $PWD $(cat a) $#" >>${seen}`)
  const flags = [`--pre-publish-exechook-command=${hook}`]
  await using _sidecar = startGitSync({ repo: repository.url, root, flags })
  const first = await repository.resolve()
  await untilLines(seen, 1)
  const second = await repository.publish({ a: '2\n' })
  const place = (commit: string) => `${root}/.worktrees/${commit}`
  expect(await untilLines(seen, 2)).toEqual([
    `${first} ${place(first)} ${place(first)} 1 0`,
    `${second} ${place(second)} ${place(second)} 2 0`,
  ])
})

test('at the start without a change the exechook runs, and the pre-publish exechook does not', async () => {
  await using repository = await createRepository()
  const [root, seen] = [path('root'), path('seen')]
  const flags = [
    `--exechook-command=${await script(`echo exechook >>${seen}`)}`,
    `--pre-publish-exechook-command=${await script(`echo pre-publish >>${seen}; exit 1`)}`,
  ]
  const repo = repository.url
  // changed: both run once, and the failure of one is the exit code
  expect((await syncOnce({ repo, root, flags })).code).toBe(1)
  expect((await linesOf(seen)).toSorted()).toEqual(['exechook', 'pre-publish'])
  // unchanged: what does not run does not fail
  expect((await syncOnce({ repo, root, flags })).code).toBe(0)
  expect((await linesOf(seen)).toSorted()).toEqual(['exechook', 'exechook', 'pre-publish'])
})

test('a pre-publish exechook that hangs or fails stops no publication', async () => {
  await using repository = await createRepository()
  const [root, seen, gate] = [path('root'), path('seen'), path('gate')]
  const hook = await script(
    `echo $GITSYNC_HASH >>${seen}`,
    `while [ ! -e ${gate} ]; do sleep 0.05; done`,
    'exit 1',
  )
  const flags = [
    `--pre-publish-exechook-command=${hook}`,
    '--pre-publish-exechook-backoff=1s',
    '--error-file=error',
  ]
  const first = await repository.resolve()
  await using sidecar = startGitSync({ repo: repository.url, root, flags })
  await untilPublished(`${root}/site`, first)
  await untilLines(seen, 1)
  const second = await repository.publish({ a: '2\n' })
  await untilPublished(`${root}/site`, second)
  await writeFile(gate, '')
  await sidecar.line('pre-publish-exechook failed')
  expect(existsSync(`${root}/error`)).toBe(false)
  // tried again with the newest
  expect((await untilLines(seen, 2)).slice(0, 2)).toEqual([first, second])
})

test('in one-time mode each hook runs once, is waited for, and a failure is exit code 1', async () => {
  await using repository = await createRepository()
  const repo = repository.url
  for (const kind of kinds) {
    const [root, seen] = [path('root'), path('seen')]
    const good = await script(`sleep 0.3; echo good >>${seen}`)
    const bad = await script(`echo bad >>${seen}; exit 1`)
    const flags = (hook: string) => [`--${kind}-command=${hook}`, '--error-file=error']
    expect((await syncOnce({ repo, root, flags: flags(good) })).code).toBe(0)
    await repository.publish({ a: `for ${kind}\n` })
    const { code, errors } = await syncOnce({ repo, root, flags: flags(bad) })
    expect({ code, errors: errors.length }).toEqual({ code: 1, errors: 1 })
    expect(errors[0]).toContain(`${kind} failed`)
    expect(await linesOf(seen)).toEqual(['good', 'bad'])
    expect(existsSync(`${root}/error`)).toBe(false)
    expect(readlinkSync(`${root}/site`)).toContain(await repository.resolve())
  }
})

test('each exechook is ended at its own time limit with all that it started', async () => {
  await using repository = await createRepository()
  await Promise.all(
    kinds.map(async (kind) => {
      const pids = path('pids')
      const hook = await script('trap "" TERM', 'sleep 62 &', `echo $! >>${pids}`, 'wait; wait')
      const flags = [`--${kind}-command=${hook}`, `--${kind}-timeout=1s`, `--${kind}-backoff=1s`]
      await using sidecar = startGitSync({ repo: repository.url, root: path('root'), flags })
      // by the default limit the first one would hang until this waiting is over
      const [sleeper] = await untilLines(pids, 2)
      await sidecar.line('ran into its time limit')
      await until(async () => {
        const stat = await readFile(`/proc/${sleeper}/stat`, 'utf8').catch(() => ') Z')
        return /\) Z/.test(stat) || null
      })
    }),
  )
})

test('each exechook is tried again after its own pause', async () => {
  await using repository = await createRepository()
  // the slow one is the clock: by the default pause both would have run as often
  await Promise.all(
    [kinds, kinds.toReversed()].map(async ([fast, slow]) => {
      const [often, seldom] = [path('often'), path('seldom')]
      const flags = [
        ...[`--${fast}-command=${await script(`echo run >>${often}; exit 1`)}`],
        ...[`--${slow}-command=${await script(`echo run >>${seldom}; exit 1`)}`],
        ...[`--${fast}-backoff=1s`, `--${slow}-backoff=4s`],
      ]
      await using _sidecar = startGitSync({ repo: repository.url, root: path('root'), flags })
      await untilLines(seldom, 2)
      expect((await linesOf(often)).length).toBeGreaterThanOrEqual(3)
    }),
  )
})

test('runs of both exechooks are counted under their names', async () => {
  await using repository = await createRepository()
  const failing = await script(`[ -e ${path('never')} ]`)
  const flags = [
    `--exechook-command=${await script('exit 0')}`,
    `--pre-publish-exechook-command=${failing}`,
    ...withMetrics,
  ]
  await using sidecar = startGitSync({ repo: repository.url, root: path('root'), flags })
  await sidecar.line('ran the exechook')
  await sidecar.line('pre-publish-exechook failed')
  expect(await hookRuns(sidecar)).toEqual({
    'exechook success': 1,
    'pre-publish-exechook error': 1,
  })
})

test('what an exechook says is in the log: of success with -v=1, of failure always', async () => {
  await using repository = await createRepository()
  const says = ['echo to stdout', 'echo to stderr >&2']
  const repo = repository.url
  const good = [`--exechook-command=${await script(...says)}`]
  const bad = [`--exechook-command=${await script(...says, 'exit 3')}`]
  const quiet = await syncOnce({ repo, root: path('root'), flags: good })
  expect(quiet.said).not.toContain('to stdout')
  const verbose = await syncOnce({ repo, root: path('root'), flags: [...good, '-v=1'] })
  const failed = await syncOnce({ repo, root: path('root'), flags: bad })
  for (const said of [verbose.said, failed.errors[0] ?? '']) {
    expect(said).toContain('"stdout":"to stdout\\n"')
    expect(said).toContain('"stderr":"to stderr\\n"')
  }
  expect(JSON.parse(failed.errors[0] ?? '').error).toContain('failed: to stderr')
})

test('a flood of output is read to its end, and no line of the log grows with it', async () => {
  await using repository = await createRepository()
  const flood = 'head -c 50000000 /dev/zero | tr "\\0" x'
  const hook = await script(flood, `${flood} >&2`, 'echo >&2; echo the end >&2')
  const flags = [`--exechook-command=${hook}`, '-v=1']
  const sidecar = startGitSync({
    repo: repository.url,
    root: path('root'),
    flags: [...flags, '--one-time'],
  })
  expect(await sidecar.exited).toBe(0)
  const said = sidecar.log().find(({ msg }) => msg === 'the exechook said')
  expect(said?.stdout).toBe('x'.repeat(16_384))
  expect(said?.stderr).toBeString()
  expect(String(said?.stderr)).toHaveLength(16_384)
  expect(String(said?.stderr)).toEndWith('x\nthe end\n')
})

test('an exechook gets our environment and an empty input, without our secrets', async () => {
  await using repository = await createRepository()
  const [seen, input] = [path('seen'), path('input')]
  const hook = await script(`env >${seen}`, `wc -c >${input}`)
  const secrets = {
    GITSYNC_USERNAME: 'ann',
    GITSYNC_PASSWORD: 'secret-1',
    GITSYNC_CREDENTIAL: '[{"url":"https://x","username":"u","password":"secret-2"}]',
    GITSYNC_WEBHOOK_URL: 'http://127.0.0.1:9/secret-3',
    GIT_SYNC_WEBHOOK_URL: 'http://127.0.0.1:9/secret-4',
  }
  const env = { ...secrets, COLOUR: 'green', GIT_CONFIG_COUNT: undefined }
  const flags = [`--exechook-command=${hook}`]
  await syncOnce({ repo: repository.url, root: path('root'), flags, env })
  const got = await readFile(seen, 'utf8')
  expect(got).not.toContain('secret-')
  expect(got).toContain('COLOUR=green\n')
  expect(got).toContain('GITSYNC_USERNAME=ann\n')
  expect(got).toContain(`GITSYNC_HASH=${await repository.resolve()}\n`)
  expect(await linesOf(input)).toEqual(['0'])
  // a shell would find out by itself where it is
  const root = path('root')
  const plain = { repo: repository.url, root, flags: ['--exechook-command=env', '-v=1'] }
  const { said } = await syncOnce({ ...plain, env: { PWD: '/elsewhere' } })
  expect(said).toContain(`PWD=${root}/.worktrees/${await repository.resolve()}\\n`)
})

test('an exechook is a path with blanks, a name on the PATH, or a program of the tree', async () => {
  await using repository = await createRepository()
  const seen = path('seen')
  const bin = path('bin')
  await mkdir(bin)
  const content = ['#!/bin/sh', `echo "$0" >>${seen}`, ''].join('\n')
  await writeFile(`${bin}/my hook`, content, { mode: 0o755 })
  await repository.publish({ 'deploy/hook': { executable: content } })
  const env = { PATH: `${bin}:${process.env.PATH}` }
  for (const hook of [`${bin}/my hook`, 'my hook', 'deploy/hook', './deploy/hook']) {
    const flags = [`--exechook-command=${hook}`]
    const { code } = await syncOnce({ repo: repository.url, root: path('root'), flags, env })
    expect({ hook, code }).toEqual({ hook, code: 0 })
  }
  expect(await linesOf(seen)).toEqual([
    ...[`${bin}/my hook`, `${bin}/my hook`],
    ...['deploy/hook', './deploy/hook'],
  ])
})

const usesGit = [
  'git log -1 --format=%H',
  'git -C . rev-parse HEAD',
  'git rev-parse --show-toplevel',
  'git status --porcelain',
]

test('git works in a hook as in any clone', async () => {
  await using repository = await createRepository()
  const commit = await repository.resolve()
  for (const kind of kinds) {
    const [root, seen] = [path('root'), path('seen')]
    const hook = await script('set -e', `exec >${seen}`, ...usesGit)
    const flags = [`--${kind}-command=${hook}`]
    const { code, errors } = await syncOnce({ repo: repository.url, root, flags })
    expect({ code, errors }).toEqual({ code: 0, errors: [] })
    expect(await linesOf(seen)).toEqual([commit, commit, `${root}/.worktrees/${commit}`])
  }
})

asRoot.test('git works in a hook of any user, and in a tree that another user made', async () => {
  await using repository = await createRepository()
  await chmod(folder.path, 0o755)
  await chmod(dirname(repository.path), 0o755)
  const commit = await repository.resolve()
  const open = path('open')
  await mkdir(open)
  await chown(open, 65533, 65533)
  const [root, seen] = [`${open}/root`, `${open}/seen`]
  const hook = await script('set -e', `exec >${seen}`, 'id -u', ...usesGit)
  const program = `setpriv --reuid=65533 --regid=65533 --clear-groups ${usual.join(' ')}`
  const executable = await script(`exec ${program} "$@"`)
  const options = { repo: repository.url, root, flags: [`--exechook-command=${hook}`] }
  const place = `${root}/.worktrees/${commit}`
  const other = await syncOnce({ ...options, executable, env: { HOME: undefined } })
  expect(other).toMatchObject({ code: 0, errors: [] })
  expect(await linesOf(seen)).toEqual(['65533', commit, commit, place])
  const root0 = await syncOnce(options)
  expect(root0).toMatchObject({ code: 0, errors: [] })
  expect(await linesOf(seen)).toEqual(['0', commit, commit, place])
})

test('hooks start although the touch file stands on a place that hangs, and a stop ends all', async () => {
  await using repository = await createRepository()
  const [root, seen] = [path('root'), path('seen')]
  await mkdir(root)
  // nobody reads it: who opens it to write waits
  await runChild(['mkfifo', `${root}/touched`])
  const flags = [
    `--exechook-command=${await script(`echo $GITSYNC_HASH >>${seen}`)}`,
    '--touch-file=touched',
  ]
  await using sidecar = startGitSync({ repo: repository.url, root, flags })
  await untilLines(seen, 1)
  const second = await repository.publish({ a: '2\n' })
  expect((await untilLines(seen, 2))[1]).toBe(second)
  expect(await sidecar.stop()).toBe(143)
})

test('the touch file is touched while a hook that it does not wait for runs', async () => {
  await using repository = await createRepository()
  const [root, started] = [path('root'), path('started')]
  const hook = await script(`echo >${started}`, 'exec sleep 62')
  const flags = [`--exechook-command=${hook}`, '--touch-file=touched']
  await using _sidecar = startGitSync({ repo: repository.url, root, flags })
  await until(() => (existsSync(`${root}/touched`) && existsSync(started)) || null)
})

test('what a hook leaves running holds neither its end nor the root', async () => {
  await using repository = await createRepository()
  const [root, pid] = [path('root'), path('pid')]
  const hook = await script('sleep 62 &', `echo $! >${pid}`)
  const flags = [`--exechook-command=${hook}`]
  const repo = repository.url
  expect((await syncOnce({ repo, root, flags })).code).toBe(0)
  const left = Number(await readFile(pid, 'utf8'))
  expect(process.kill(left, 0)).toBe(true)
  const { code, said } = await syncOnce({ repo, root })
  process.kill(left)
  expect(code).toBe(0)
  expect(said).not.toContain('waiting for another git-sync')
})

test('a tree that is built again does not run the hooks of its commit again', async () => {
  await using repository = await createRepository()
  const [root, seen] = [path('root'), path('seen')]
  const record = await script(`echo $GITSYNC_HASH >>${seen}`)
  const flags = kinds.map((kind) => `--${kind}-command=${record}`)
  await using sidecar = startGitSync({ repo: repository.url, root, flags })
  const first = await repository.resolve()
  await untilLines(seen, 2)
  await rm(`${root}/.worktrees/${first}`, { recursive: true })
  await until(() => sidecar.log().filter(({ msg }) => msg === 'published').length === 2 || null)
  const second = await repository.publish({ a: '2\n' })
  await untilLines(seen, 4)
  expect(await linesOf(seen)).toEqual([first, first, second, second])
})

test('a tree of the same commit with other files is told to all hooks', async () => {
  await using repository = await createRepository({ files: { a: '1\n', b: '1\n' } })
  const [root, seen, patterns] = [path('root'), path('seen'), path('patterns')]
  const commit = await repository.resolve()
  const record = await script(`echo "$GITSYNC_HASH $(echo *)" >>${seen}`)
  await writeFile(patterns, '/a\n')
  const flags = [
    ...kinds.map((kind) => `--${kind}-command=${record}`),
    `--sparse-checkout-file=${patterns}`,
  ]
  await using _sidecar = startGitSync({ repo: repository.url, root, flags })
  await untilLines(seen, 2)
  await writeFile(patterns, '/b\n')
  await untilLines(seen, 4)
  const told = ['a', 'a', 'b', 'b'].map((files) => `${commit} ${files}`)
  expect(await linesOf(seen)).toEqual(told)
})

test('a tree in which a hook runs stays until the hook has ended', async () => {
  await using repository = await createRepository({ files: { a: '1\n' } })
  const [root, seen, gate] = [path('root'), path('seen'), path('gate')]
  const hook = await script(
    `while [ ! -e ${gate} ]; do sleep 0.05; done`,
    `echo $GITSYNC_HASH $(cat a) $(git log -1 --format=%H) >>${seen}`,
  )
  const flags = [`--exechook-command=${hook}`]
  await using _sidecar = startGitSync({ repo: repository.url, root, flags })
  const first = await repository.resolve()
  await untilPublished(`${root}/site`, first)
  const second = await repository.publish({ a: '2\n' })
  await untilPublished(`${root}/site`, second)
  const third = await repository.publish({ a: '3\n' })
  await untilPublished(`${root}/site`, third)
  // its grace ends last, and nobody works in it
  await until(() => !existsSync(`${root}/.worktrees/${second}`) || null, { timeoutMs: 20_000 })
  expect(existsSync(`${root}/.worktrees/${first}`)).toBe(true)
  await writeFile(gate, '')
  expect((await untilLines(seen, 2))[0]).toBe(`${first} 1 ${first}`)
  await until(() => !existsSync(`${root}/.worktrees/${first}`) || null)
})

test('what is published is told, although what is noted of it cannot be written', async () => {
  await using repository = await createRepository()
  const [root, seen] = [path('root'), path('seen')]
  const options = { repo: repository.url, root }
  await syncOnce(options)
  await rm(`${root}/.git/sync-depth`)
  await mkdir(`${root}/.git/sync-depth`)
  const next = await repository.publish({ a: '2\n' })
  const hook = `--exechook-command=${await script(`echo $GITSYNC_HASH >>${seen}`)}`
  expect(await syncOnce({ ...options, flags: [hook] })).toMatchObject({ code: 0, errors: [] })
  expect(await linesOf(seen)).toEqual([next])
})

test('a storm of commits runs a slow hook one at a time, and at last for the newest', async () => {
  await using repository = await createRepository()
  const [root, seen, busy] = [path('root'), path('seen'), path('busy')]
  const hook = await script(
    `mkdir ${busy} || { echo two at once >>${seen}; exit 0; }`,
    'sleep 0.3',
    `echo $GITSYNC_HASH >>${seen}`,
    `rmdir ${busy}`,
  )
  const flags = [`--exechook-command=${hook}`, '--period=10ms', ...withMetrics]
  await using sidecar = startGitSync({ repo: repository.url, root, flags })
  await untilPublished(`${root}/site`, await repository.resolve())
  for (let change = 0; change < 30; change++) await repository.publish({ a: `${change}\n` })
  const newest = await repository.resolve()
  await untilPublished(`${root}/site`, newest)
  await until(async () => (await linesOf(seen)).at(-1) === newest || null)
  const runs = await linesOf(seen)
  expect(runs).not.toContain('two at once')
  expect(new Set(runs).size).toBe(runs.length)
  const published = sidecar.log().filter(({ msg }) => msg === 'published').length
  expect(runs.length).toBeLessThan(published)
  // the last one wrote its line a moment before its end
  const ended = () => sidecar.log().filter(({ msg }) => msg === 'ran the exechook').length
  await until(() => ended() === runs.length || null)
  expect(await hookRuns(sidecar)).toEqual({ 'exechook success': runs.length })
  expect(errorsOf(sidecar)).toEqual([])
})

test('a stop ends running hooks of both kinds, and nothing of them stays', async () => {
  await using repository = await createRepository()
  const pids = path('pids')
  const hook = await script('trap "" TERM', `echo $$ >>${pids}`, 'while :; do sleep 1; done')
  const flags = kinds.map((kind) => `--${kind}-command=${hook}`)
  await using sidecar = startGitSync({ repo: repository.url, root: path('root'), flags })
  const started = await untilLines(pids, 2)
  expect(await sidecar.stop()).toBe(143)
  for (const pid of started) expect(() => process.kill(Number(pid), 0)).toThrow('ESRCH')
})

test('a hook that cannot be started is an error that names it, and the sync goes on', async () => {
  await using repository = await createRepository()
  const root = path('root')
  const plain = path('plain')
  await writeFile(plain, 'not executable')
  for (const hook of ['/nowhere/hook', plain, 'no-such-hook-on-the-path']) {
    const flags = [`--exechook-command=${hook}`]
    const { code, errors } = await syncOnce({ repo: repository.url, root, flags })
    expect({ code, errors: errors.length }).toEqual({ code: 1, errors: 1 })
    expect(errors[0]).toContain(`Cannot run ${hook}: `)
    expect(errors[0]).toContain('is it there and executable?')
  }
  await untilPublished(`${root}/site`, await repository.resolve())
})
