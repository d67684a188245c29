import { afterAll, expect, setDefaultTimeout } from 'bun:test'
import { readFileSync } from 'node:fs'
import { type GitHttp, startGitHttp } from '#test/fixtures/git-http.ts'
import { needs, program } from '#test/fixtures/needs.ts'
import { createRepository } from '#test/fixtures/repository.ts'
import { startSidecar, usual } from '#test/fixtures/sidecar.ts'
import { temporaryFolder } from '#test/fixtures/temp.ts'
import { until } from '#test/fixtures/until.ts'

setDefaultTimeout(60_000)

const { test } = needs('nginx', 'fcgiwrap', 'openssl', 'strace')
const repository = await createRepository()
const folder = temporaryFolder('poll-cost')
afterAll(() => Promise.all([repository.remove(), folder.remove()]))

const login = { user: 'ann', password: 'secret' }
/** What a poll looks at: lock, link, tree, its private folder, the repository; 17 when last counted. */
const mostFiles = 22

async function pollsSeenBy(server: GitHttp): Promise<number> {
  const requests = await server.requests()
  return requests.filter(({ method, agent }) => method === 'POST' && agent.includes('sidecars'))
    .length
}

test('a poll over http that finds nothing starts no program and looks at a handful of files', async () => {
  await using server = await startGitHttp(repository, login)
  const trace = folder.at('trace')
  const tracer = ['-D', '--follow-forks', '--seccomp-bpf', '--trace=%file', '--signal=none']
  const words = [`--repo=${server.url}`, `--root=${folder.at('root')}`, '--link=site']
  const rest = ['--period=50ms', `--username=${login.user}`, '--depth=1']
  await using _sidecar = startSidecar(
    [...tracer, `--output=${trace}`, ...usual, 'git-sync', ...words, ...rest],
    { executable: program('strace') ?? 'strace', env: { GITSYNC_PASSWORD: login.password } },
  )
  const reach = (polls: number) =>
    until(async () => ((await pollsSeenBy(server)) >= polls ? true : null), {
      timeoutMs: 30_000,
      what: `${polls} polls`,
    })
  const calls = () => readFileSync(trace, 'utf8').split('\n')
  await reach(20)
  const [before, from] = [calls().length, await pollsSeenBy(server)]
  await reach(from + 30)
  const after = calls()
  const polls = (await pollsSeenBy(server)) - from
  const done = after.slice(before).filter((line) => !line.includes('resumed>'))
  expect(done.filter((line) => line.includes('execve('))).toEqual([])
  expect(done.length).toBeGreaterThan(polls)
  expect(done.length / polls).toBeLessThanOrEqual(mostFiles)
})
