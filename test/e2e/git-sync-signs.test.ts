import { afterAll, expect, setDefaultTimeout, test } from 'bun:test'
import { existsSync, statSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { createRepository } from '#test/fixtures/repository.ts'
import type { Sidecar } from '#test/fixtures/sidecar.ts'
import { temporaryFolder } from '#test/fixtures/temp.ts'
import { until } from '#test/fixtures/until.ts'
import { errorsOf, startGitSync, syncOnce, untilPublished } from './git-sync-run.ts'

setDefaultTimeout(30_000)

const folder = temporaryFolder('signs')
afterAll(() => folder.remove())

let names = 0

function newPath(name: string): string {
  return folder.at(`${name}-${names++}`)
}

/** An executable shell script. */
async function script(...lines: readonly string[]): Promise<string> {
  const path = newPath('script')
  await writeFile(path, ['#!/bin/sh', ...lines, ''].join('\n'), { mode: 0o755 })
  return path
}

async function linesOf(path: string): Promise<readonly string[]> {
  const text = await readFile(path, 'utf8').catch(() => '')
  return text.split('\n').filter(Boolean)
}

async function addressOf(sidecar: Sidecar): Promise<string> {
  const { address } = JSON.parse(await sidecar.line('serving HTTP'))
  return `http://${address}`
}

test('the touch file is touched at each change and at the start, and not in between', async () => {
  await using repository = await createRepository()
  const root = newPath('root')
  const touched = `${root}/signs/touched`
  const options = { repo: repository.url, root, flags: ['--touch-file=signs/touched'] }
  await using sidecar = startGitSync({ ...options, flags: [...options.flags, '-v=5'] })
  const asked = (times: number) =>
    until(() => sidecar.stderr.filter((line) => line.includes('ls-remote')).length >= times || null)
  await asked(2)
  const first = statSync(touched).mtimeMs
  await asked(5)
  expect(statSync(touched).mtimeMs).toBe(first)
  await repository.publish({ a: '2\n' })
  const second = await until(() => {
    const at = statSync(touched).mtimeMs
    return at > first ? at : null
  })
  await sidecar.stop()
  await syncOnce(options)
  expect(statSync(touched).mtimeMs).toBeGreaterThan(second)
})

test('the error file is there while something is wrong, and gone after', async () => {
  await using repository = await createRepository()
  const root = newPath('root')
  const file = `${root}/error.json`
  const flags = ['--ref=later', '--max-failures=-1', '--error-file=error.json']
  await using _sidecar = startGitSync({ repo: repository.url, root, flags })
  const text = await until(async () => (existsSync(file) ? await readFile(file, 'utf8') : null))
  const record = JSON.parse(text)
  expect(record.Msg).toBe('sync failed')
  expect(record.Err).toContain('Cannot find the ref "later"')
  expect(record.Args).toBeObject()
  expect(statSync(file).mode & 0o777).toBe(0o644)
  await repository.branch('later', await repository.resolve())
  await until(() => !existsSync(file) || null)
})

test('a configuration that is refused is in the error file too', async () => {
  const file = newPath('error')
  const own = [`--error-file=${file}`]
  const root = newPath('root')
  const repo = 'file:///nowhere'
  for (const [flags, word] of [
    [['--password-file=/x'], '--password-file needs --username'],
    [['--http-metrics'], '--http-metrics needs --http-bind'],
  ] as const) {
    const { code } = await syncOnce({ repo, root, flags: [...own, ...flags] })
    expect(code).toBe(1)
    expect(await readFile(file, 'utf8')).toContain(word)
  }
})

test('the exechook runs in the new tree with its hash, at the start and at each change', async () => {
  await using repository = await createRepository({ files: { a: '1\n' } })
  const first = await repository.resolve()
  const seen = newPath('seen')
  const hook = await script(`echo "$GITSYNC_HASH $(pwd -P) $(cat a) $#" >>${seen}`)
  const root = newPath('root')
  const flags = [`--exechook-command=${hook}`]
  await using sidecar = startGitSync({ repo: repository.url, root, flags })
  await until(async () => (await linesOf(seen)).length === 1 || null)
  const second = await repository.publish({ a: '2\n' })
  await until(async () => (await linesOf(seen)).length === 2 || null)
  await sidecar.stop()
  const again = startGitSync({ repo: repository.url, root, flags: [...flags, '--one-time'] })
  expect(await again.exited).toBe(0)
  expect(await linesOf(seen)).toEqual([
    `${first} ${root}/.worktrees/${first} 1 0`,
    `${second} ${root}/.worktrees/${second} 2 0`,
    `${second} ${root}/.worktrees/${second} 2 0`,
  ])
})

test('a slow or failing exechook holds no publication up, and the newest commit wins', async () => {
  await using repository = await createRepository({ files: { a: '1\n' } })
  const first = await repository.resolve()
  const [seen, gate] = [newPath('seen'), newPath('gate')]
  const hook = await script(
    `echo $GITSYNC_HASH >>${seen}`,
    `while [ ! -e ${gate} ]; do sleep 0.05; done`,
    `[ $GITSYNC_HASH != ${first} ]`,
  )
  const root = newPath('root')
  const flags = [`--exechook-command=${hook}`, '--exechook-backoff=1s']
  await using sidecar = startGitSync({ repo: repository.url, root, flags })
  await until(async () => (await linesOf(seen)).length === 1 || null)
  for (const a of ['2\n', '3\n']) {
    await untilPublished(`${root}/site`, await repository.publish({ a }))
  }
  const newest = await repository.resolve()
  await writeFile(gate, '')
  await sidecar.line(
    /exechook failed.*failed with exit code 1|failed with exit code 1.*exechook failed/,
  )
  await sidecar.line(/ran the exechook/)
  expect(await linesOf(seen)).toEqual([first, newest])
})

test('a failing exechook is tried again after its pause', async () => {
  await using repository = await createRepository()
  const seen = newPath('seen')
  const hook = await script(`echo run >>${seen}`, `[ $(wc -l <${seen}) -ge 2 ]`)
  const flags = [`--exechook-command=${hook}`, '--exechook-backoff=1s']
  await using sidecar = startGitSync({ repo: repository.url, root: newPath('root'), flags })
  await sidecar.line('ran the exechook')
  expect(await linesOf(seen)).toHaveLength(2)
})

test('in one-time mode the exechook runs once, is waited for, and its failure is exit code 1', async () => {
  await using repository = await createRepository()
  const root = newPath('root')
  const seen = newPath('seen')
  const good = await script(`sleep 0.3; echo good >>${seen}`)
  const bad = await script(`echo bad >>${seen}`, 'echo what went wrong >&2', 'exit 3')
  const repo = repository.url
  expect((await syncOnce({ repo, root, flags: [`--exechook-command=${good}`] })).code).toBe(0)
  const { code, errors } = await syncOnce({ repo, root, flags: [`--exechook-command=${bad}`] })
  expect(code).toBe(1)
  expect(errors).toHaveLength(1)
  expect(errors[0]).toContain('what went wrong')
  const missing = await syncOnce({ repo, root, flags: ['--exechook-command=/nowhere/hook'] })
  expect(missing.code).toBe(1)
  expect(missing.errors[0]).toContain('/nowhere/hook')
  expect(await linesOf(seen)).toEqual(['good', 'bad'])
})

test('an exechook that hangs is ended at its limit with all that it started', async () => {
  await using repository = await createRepository()
  const pid = newPath('pid')
  const hook = await script('trap "" TERM', 'sleep 62 &', `echo $! >${pid}`, 'wait; wait')
  const flags = [`--exechook-command=${hook}`, '--exechook-timeout=1s']
  const { code, errors } = await syncOnce({ repo: repository.url, root: newPath('root'), flags })
  expect(code).toBe(1)
  expect(errors[0]).toContain('time limit')
  const sleeper = (await readFile(pid, 'utf8')).trim()
  await until(async () => {
    const stat = await readFile(`/proc/${sleeper}/stat`, 'utf8').catch(() => ') Z')
    return /\) Z/.test(stat) || null
  })
})

test('a stop lets a running exechook end in its own way', async () => {
  await using repository = await createRepository()
  const ended = newPath('ended')
  const trapped = newPath('trapped')
  const trap = `trap 'sleep 1; echo tidy >${ended}; exit 0' TERM`
  const hook = await script(trap, `touch ${trapped}`, 'sleep 62 & wait')
  const flags = [`--exechook-command=${hook}`]
  await using sidecar = startGitSync({ repo: repository.url, root: newPath('root'), flags })
  await until(() => existsSync(trapped) || null)
  expect(await sidecar.stop()).toBe(143)
  expect(await linesOf(ended)).toEqual(['tidy'])
})

test('metrics count successes, passes without news, errors and hooks under the known names', async () => {
  await using repository = await createRepository()
  const hook = await script('exit 0')
  const root = newPath('root')
  const flags = [
    ...['--http-bind=127.0.0.1:0', '--http-metrics', '--ref=main', '--max-failures=-1'],
    `--exechook-command=${hook}`,
  ]
  await using sidecar = startGitSync({ repo: repository.url, root, flags })
  const url = await addressOf(sidecar)
  const metrics = async (): Promise<Record<string, number>> => {
    const text = await (await fetch(`${url}/metrics`)).text()
    const samples = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
    return Object.fromEntries(
      samples.map((line) => [line.replace(/ .*/, ''), Number(line.replace(/.* /, ''))]),
    )
  }
  const count = (status: string) => `git_sync_count_total{status="${status}"}`
  const reached = (name: string, least: number) =>
    until(
      async () => {
        const found = await metrics()
        return (found[name] ?? 0) >= least ? found : null
      },
      { what: `${name} of ${least}` },
    )
  const hooks = 'git_sync_hook_run_count_total{name="exechook",status="success"}'
  const first = await reached(hooks, 1)
  expect(first).toMatchObject({ [count('success')]: 1, git_fetch_count_total: 1 })
  expect(first['git_sync_duration_seconds_sum{status="success"}']).toBeGreaterThan(0)
  expect(first['git_sync_duration_seconds_count{status="success"}']).toBe(1)
  await reached(count('noop'), 2)
  await repository.publish({ a: '2\n' })
  const second = await reached(count('success'), 2)
  expect(second.git_fetch_count_total).toBe(2)
  const good = await repository.resolve()
  await repository.branch('main', null)
  await reached(count('error'), 2)
  await repository.branch('main', good)
  const noops = (await metrics())[count('noop')] ?? 0
  const after = await reached(count('noop'), noops + 1)
  expect(after[count('success')]).toBe(2)
  const text = await (await fetch(`${url}/metrics`)).text()
  expect(text).toContain('# TYPE git_sync_duration_seconds summary\n')
  expect(text).toContain('# TYPE git_sync_count_total counter\n')
})

test('/ and /readyz tell of the first sync, and a failing host takes nothing back', async () => {
  await using repository = await createRepository()
  const flags = ['--ref=later', '--max-failures=-1', '--http-bind=127.0.0.1:0']
  await using sidecar = startGitSync({ repo: repository.url, root: newPath('root'), flags })
  const url = await addressOf(sidecar)
  const statuses = () =>
    Promise.all(
      ['/', '/any/path', '/readyz', '/healthz'].map(
        async (path) => (await fetch(url + path)).status,
      ),
    )
  await sidecar.line('sync failed')
  expect(await statuses()).toEqual([503, 503, 503, 200])
  expect(await (await fetch(url)).text()).toBe('repo is not ready\n')
  await repository.branch('later', await repository.resolve())
  await sidecar.line('published')
  await until(async () => ((await fetch(url)).status === 200 ? true : null))
  expect(await statuses()).toEqual([200, 200, 200, 200])
  expect(await (await fetch(url)).text()).toBe('')
  await repository.branch('later', null)
  const before = errorsOf(sidecar).length
  await until(() => errorsOf(sidecar).length > before || null)
  expect(await statuses()).toEqual([200, 200, 200, 200])
})
