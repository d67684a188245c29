import { afterAll, expect, setDefaultTimeout, test } from 'bun:test'
import { existsSync } from 'node:fs'
import { startGitHttp } from '#test/fixtures/git-http.ts'
import { needs } from '#test/fixtures/needs.ts'
import { createRepository } from '#test/fixtures/repository.ts'
import { temporaryFolder } from '#test/fixtures/temp.ts'
import { expectServes, syncOnce } from './git-sync-run.ts'
import { gitSyncWithCookie, mayMount } from './git-sync-with-cookies.ts'

setDefaultTimeout(30_000)

const repository = await createRepository()
const commit = await repository.resolve()
const folder = temporaryFolder('cookie')
afterAll(() => Promise.all([repository.remove(), folder.remove()]))

const web = needs('nginx', 'fcgiwrap', 'openssl')
const mounted = mayMount ? web.test : test.skip

let roots = 0
const newRoot = (): string => folder.at(`root-${roots++}`)

mounted('cookies of the file open a host that asks for one', async () => {
  await using server = await startGitHttp(repository, { cookie: 'session=our-secret' })
  const sync = { repo: server.url, flags: ['--cookie-file', '-v=9'] }
  const executable = await gitSyncWithCookie(folder.at('ours'), 'our-secret')
  const root = newRoot()
  const { code, errors, said } = await syncOnce({ ...sync, root, executable })
  expect({ code, errors }).toEqual({ code: 0, errors: [] })
  await expectServes(`${root}/site`, repository, commit)
  expect(said).not.toContain('our-secret')
  const env = { GIT_SYNC_COOKIE_FILE: 'true' }
  expect(await syncOnce({ repo: server.url, root: newRoot(), env, executable })).toMatchObject({
    code: 0,
  })
  const off = { repo: server.url, flags: ['--cookie-file=false'], executable }
  expect(await syncOnce({ ...off, root: newRoot() })).toMatchObject({ code: 1 })
  const other = await gitSyncWithCookie(folder.at('other'), 'of-another')
  const refused = await syncOnce({ ...sync, root: newRoot(), executable: other })
  expect(refused.code).toBe(1)
  expect(refused.errors).toHaveLength(1)
  expect(refused.errors[0]).toContain('403')
})

test.skipIf(existsSync('/etc/git-secret/cookie_file'))(
  'a cookie file that is not there ends it at the start with its name',
  async () => {
    const root = newRoot()
    const { code, errors } = await syncOnce({
      repo: repository.url,
      root,
      flags: ['--cookie-file', '--max-failures=-1', '--error-file=error'],
    })
    expect({ code, errors: errors.length }).toEqual({ code: 1, errors: 1 })
    expect(errors[0]).toContain('Cannot read /etc/git-secret/cookie_file: ')
    expect(errors[0]).toContain('--cookie-file')
    expect(existsSync(`${root}/site`)).toBe(false)
    expect(await Bun.file(`${root}/error`).text()).toContain('/etc/git-secret/cookie_file')
  },
)
