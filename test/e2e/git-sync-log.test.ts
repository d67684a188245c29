import { afterAll, expect, setDefaultTimeout, test } from 'bun:test'
import { chmod, readdir, writeFile } from 'node:fs/promises'
import { freePort } from '#test/fixtures/ports.ts'
import { createRepository } from '#test/fixtures/repository.ts'
import type { Sidecar } from '#test/fixtures/sidecar.ts'
import { temporaryFolder } from '#test/fixtures/temp.ts'
import { until } from '#test/fixtures/until.ts'
import { errorsOf, startGitSync, syncOnce, untilPublished } from './git-sync-run.ts'

setDefaultTimeout(30_000)

const repository = await createRepository()
const repo = repository.url
const commit = await repository.resolve()
const nowhere = `${repo}-nowhere`
const folder = temporaryFolder('log')
afterAll(() => Promise.all([repository.remove(), folder.remove()]))

let roots = 0

function newRoot(): string {
  return folder.at(`root-${roots++}`)
}

/** What happened, in order; a word for each line. */
function messagesOf(said: readonly string[]): readonly string[] {
  return said.map((line) => JSON.parse(line).msg)
}

function failuresOf(sidecar: Sidecar): number {
  return errorsOf(sidecar).filter((line) => line.includes('sync failed')).length
}

test('each line is one JSON object: the time, how bad it is, what happened, then fields', async () => {
  const hook = folder.at('hook')
  await writeFile(hook, '#!/bin/sh\necho "one\ntwo"\nexit 1\n')
  await chmod(hook, 0o755)
  const flags = ['-v=9', 'word', `--exechook-command=${hook}`, '--http-bind=127.0.0.1:0']
  const env = { GIT_SYNC_DEPTH: '1' }
  const root = newRoot()
  const good = await syncOnce({ repo, root, flags, env })
  const bad = await syncOnce({ repo: nowhere, root, flags, env })
  const lines = `${good.said}\n${bad.said}`.split('\n')
  const kinds = new Set<string>()
  for (const line of lines) {
    const record = JSON.parse(line)
    const [first, second] = Object.keys(record)
    const third = record.severity === undefined ? 2 : 3
    expect([first, Object.keys(record)[third]]).toEqual(['ts', 'msg'])
    expect(record.ts).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}$/)
    expect(record.msg).toBeString()
    if (second === 'level') expect(record.level).toBeWithin(0, 10)
    else expect(record.error).toBeString()
    kinds.add(record.severity ?? second)
  }
  expect([...kinds].sort()).toEqual(['error', 'level', 'warning'])
})

test('a start tells what is published, also when that was there before', async () => {
  const root = newRoot()
  const first = await syncOnce({ repo, root })
  expect(messagesOf(first.said.split('\n'))).toEqual(['starting up', 'published'])
  const second = await syncOnce({ repo, root })
  expect(messagesOf(second.said.split('\n'))).toEqual(['starting up', 'already published'])
  expect(second.said).toContain(`"commit":"${commit}","link":"${root}/site"`)
})

test('syncs that find nothing new say nothing', async () => {
  const flags = ['--period=10ms', '--http-bind=127.0.0.1:0', '--http-metrics']
  await using sidecar = startGitSync({ repo, root: newRoot(), flags })
  const { address } = JSON.parse(await sidecar.line('serving HTTP'))
  await until(async () => {
    const text = await (await fetch(`http://${address}/metrics`)).text()
    return Number(/count_total\{status="noop"\} (\d+)/.exec(text)?.[1] ?? 0) > 20 || null
  })
  expect(messagesOf(sidecar.stderr)).toEqual(['starting up', 'serving HTTP', 'published'])
})

test('a good sync ends a row of failures, and says so once', async () => {
  await using own = await createRepository()
  const root = newRoot()
  const first = await own.resolve()
  const flags = ['--ref=main', '--max-failures=5']
  await using sidecar = startGitSync({ repo: own.url, root, flags })
  await untilPublished(`${root}/site`, first)
  const recoveries = (): number =>
    messagesOf(sidecar.stderr).filter((msg) => msg === 'syncs succeed again').length
  for (const row of [1, 2, 3]) {
    const before = failuresOf(sidecar)
    await own.branch('main', null)
    await until(() => failuresOf(sidecar) >= before + 2 || null)
    await own.branch('main', first)
    await until(() => recoveries() === row || null)
  }
  expect(failuresOf(sidecar)).toBeGreaterThan(5)
  expect(sidecar.running).toBe(true)
})

test('who ends for too many failures says that it was these, and which option sets how many', async () => {
  const { code, said } = await syncOnce({ repo: nowhere, root: newRoot() })
  expect(code).toBe(1)
  const [failed, ended] = said.split('\n').slice(-2)
  expect(failed).toContain('"msg":"sync failed"')
  expect(ended).toContain('too many failures, see --max-failures","failures":1')
})

test('a host that is away is told of by one error, not by the ways in which it was asked', async () => {
  const away = `http://127.0.0.1:${freePort()}/site.git`
  const { said } = await syncOnce({ repo: away, root: newRoot() })
  expect(messagesOf(said.split('\n'))).toEqual([
    ...['starting up', 'sync failed', 'ending: too many failures, see --max-failures'],
  ])
})

test('a failure is told by what is wrong and, apart from it, by what to do', async () => {
  const root = newRoot()
  const file = '--error-file=wrong'
  const { errors } = await syncOnce({ repo: nowhere, root, flags: [file] })
  const [line = ''] = errors
  const { error, advice } = JSON.parse(line)
  expect(error).toContain(nowhere)
  expect(advice).toContain('check --repo')
  const told = JSON.parse(await Bun.file(`${root}/wrong`).text())
  expect(told).toEqual({ Msg: 'sync failed', Err: error, Args: {} })
  expect((await readdir(root)).filter((name) => name.includes('wrong'))).toEqual(['wrong'])
})
