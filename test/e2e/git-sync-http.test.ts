import { afterAll, expect, setDefaultTimeout, test } from 'bun:test'
import { rm } from 'node:fs/promises'
import { freePort } from '#test/fixtures/ports.ts'
import { createRepository } from '#test/fixtures/repository.ts'
import { temporaryFolder } from '#test/fixtures/temp.ts'
import { until } from '#test/fixtures/until.ts'
import { startGitSync, syncOnce, untilPublished } from './git-sync-run.ts'

setDefaultTimeout(30_000)

const repository = await createRepository()
const repo = repository.url
const commit = await repository.resolve()
const folder = temporaryFolder('http')
afterAll(() => Promise.all([repository.remove(), folder.remove()]))

/** Counts of `git_sync_count_total` by status, and updates. */
async function countsAt(url: string): Promise<Readonly<Record<string, number>>> {
  const text = await (await fetch(`${url}/metrics`)).text()
  const found = [...text.matchAll(/^git_sync_count_total\{status="(\w+)"\} (\d+)$/gm)]
  const updates = /^git_fetch_count_total (\d+)$/m.exec(text)?.[1]
  const named = found.map(([, status = '', count]) => [status, Number(count)] as const)
  return { ...Object.fromEntries(named), updates: Number(updates) }
}

test('the first sync of a process and a repair of the same commit count as updates', async () => {
  const root = folder.at('counted')
  await syncOnce({ repo, root })
  const flags = ['--http-bind=127.0.0.1:0', '--http-metrics']
  await using sidecar = startGitSync({ repo, root, flags })
  const url = `http://${JSON.parse(await sidecar.line('serving HTTP')).address}`
  const reached = (name: string, least: number) =>
    until(async () => ((await countsAt(url))[name] ?? 0) >= least || null, { what: name })
  await reached('noop', 2)
  expect(await countsAt(url)).toMatchObject({ success: 1, updates: 1 })
  await rm(`${root}/.worktrees/${commit}`, { recursive: true })
  await reached('success', 2)
  const noops = (await countsAt(url)).noop ?? 0
  await reached('noop', noops + 2)
  expect(await countsAt(url)).toMatchObject({ success: 2, updates: 2 })
})

test('a port alone is open to all addresses, an address to nobody else', async () => {
  const port = freePort()
  const flags = [`--http-bind=:${port}`]
  await using all = startGitSync({ repo, root: folder.at('all'), flags })
  await untilPublished(folder.at('all/site'), commit)
  const answers = (host: string): Promise<unknown> =>
    fetch(`http://${host}:${port}/`).then(
      ({ status }) => status,
      () => 'no answer',
    )
  const hosts = ['127.0.0.1', '127.0.0.2']
  await until(async () => ((await answers('127.0.0.1')) === 200 ? true : null))
  expect(await Promise.all(hosts.map(answers))).toEqual([200, 200])
  await all.stop()
  const one = [`--http-bind=127.0.0.1:${port}`]
  await using _own = startGitSync({ repo, root: folder.at('all'), flags: one })
  await until(async () => ((await answers('127.0.0.1')) === 200 ? true : null))
  expect(await Promise.all(hosts.map(answers))).toEqual([200, 'no answer'])
})
