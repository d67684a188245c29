import { afterAll, expect, setDefaultTimeout, test } from 'bun:test'
import { existsSync, readlinkSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { runChild } from '#test/fixtures/child.ts'
import { needs } from '#test/fixtures/needs.ts'
import { createRepository } from '#test/fixtures/repository.ts'
import { usual } from '#test/fixtures/sidecar.ts'
import { temporaryFolder } from '#test/fixtures/temp.ts'
import { until } from '#test/fixtures/until.ts'
import { startGitSync, syncOnce, untilPublished } from './git-sync-run.ts'
import { linesOf, scriptsIn, untilLines } from './hook-scripts.ts'

setDefaultTimeout(30_000)

const folder = temporaryFolder('hooks')
afterAll(() => folder.remove())
const { path, script } = scriptsIn(folder)

const kinds = ['exechook', 'pre-publish-exechook'] as const
const traced = needs('strace')

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
