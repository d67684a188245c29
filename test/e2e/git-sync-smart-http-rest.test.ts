import { afterAll, expect, setDefaultTimeout } from 'bun:test'
import { noAuth } from '#git-sync/git/auth.ts'
import { Git } from '#git-sync/git/git.ts'
import { openRemote } from '#git-sync/remote/open-remote.ts'
import { type Clock, systemClock } from '#kit/clock.ts'
import { createLog } from '#kit/log.ts'
import { startGitHttp } from '#test/fixtures/git-http.ts'
import { type FrontRequest, startFront } from '#test/fixtures/http-front.ts'
import { needs } from '#test/fixtures/needs.ts'
import { createRepository } from '#test/fixtures/repository.ts'
import { temporaryFolder } from '#test/fixtures/temp.ts'
import { syncOnce } from './git-sync-run.ts'

const { test } = needs('nginx', 'fcgiwrap', 'openssl')

setDefaultTimeout(60_000)

const repository = await createRepository()
const server = await startGitHttp(repository)
const behind = new URL(server.url).origin
afterAll(async () => {
  await server.stop()
  await repository.remove()
})

/** Asked in the process itself, not by git. */
function isOurs({ agent }: FrontRequest): boolean {
  return agent.includes('sidecars')
}

test('a host that hangs for this program alone is asked by git within the time limit', async () => {
  await using folder = temporaryFolder('hanging')
  using front = startFront(behind, (request) =>
    isOurs(request) ? new Response(new ReadableStream()) : null,
  )
  const repo = `${front.origin}/site.git`
  const flags = ['--sync-timeout=6s']
  const { code, errors } = await syncOnce({ repo, root: folder.at('root'), flags })
  expect({ code, errors }).toEqual({ code: 0, errors: [] })
})

/** A remote, and a way to ask it once with a login. */
function asking(url: string, clock: Clock) {
  const log = createLog({ verbosity: 0, clock, write() {} })
  const stop = new AbortController().signal
  const git = new Git({ program: 'git', env: { PATH: process.env.PATH }, root: '/', log, stop })
  const remote = openRemote({ url, git, syncTimeoutMs: 60_000, log, clock })
  return async (password: string): Promise<void> => {
    const logins = [{ url: new URL(url).origin, username: 'ann', password }]
    const auth = { ...noAuth, logins }
    await remote({ git: git.with({ auth }), auth, stop })
      .tip('HEAD')
      .catch(() => {})
  }
}

test('a wrong password is shown to the host twice in a poll, for some lock out who is wrong often', async () => {
  const headers = { 'www-authenticate': 'Basic realm=x' }
  using front = startFront(behind, () => new Response('', { status: 401, headers }))
  await asking(`${front.origin}/site.git`, systemClock)('wrong')
  const shown = front.requests.filter(({ authorization }) => authorization !== null)
  expect(shown.map((request) => isOurs(request))).toEqual([true, false])
})

test('a host that git alone understands is left to git until five minutes or the login are over', async () => {
  let status = 500
  using front = startFront(behind, (request) =>
    isOurs(request) || status !== 500 ? new Response('', { status }) : null,
  )
  const url = `${front.origin}/site.git`
  let timeMs = 0
  const clock = { ...systemClock, monotonicMs: () => timeMs }
  const ask = asking(url, clock)
  const asksHere = async (password = 'one'): Promise<boolean> => {
    const before = front.requests.filter(isOurs).length
    await ask(password)
    return front.requests.filter(isOurs).length > before
  }
  expect([await asksHere(), await asksHere()]).toEqual([true, false])
  expect([await asksHere('two'), await asksHere('two')]).toEqual([true, false])
  timeMs += 299_000
  expect(await asksHere('two')).toBe(false)
  timeMs += 1000
  // Whom git does not understand either may be all right with the next poll.
  status = 503
  expect([await asksHere('two'), await asksHere('two')]).toEqual([true, true])
})
