import { afterAll, expect, setDefaultTimeout, test } from 'bun:test'
import { existsSync } from 'node:fs'
import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { needs } from '#test/fixtures/needs.ts'
import { createRepository } from '#test/fixtures/repository.ts'
import { temporaryFolder } from '#test/fixtures/temp.ts'
import { until } from '#test/fixtures/until.ts'
import {
  errorsOf,
  expectHealed,
  expectServes,
  fingerprint,
  startGitSync,
  syncOnce,
} from './git-sync-run.ts'
import { rootOfVersion4 } from './predecessor-roots.ts'

const traced = needs('strace')

setDefaultTimeout(30_000)

const repository = await createRepository({
  files: { 'index.html': 'one\n', 'css/a.css': 'a {}\n' },
})
const commit = await repository.resolve()
const folder = temporaryFolder('roots')
afterAll(() => Promise.all([repository.remove(), folder.remove()]))

interface Synced {
  readonly root: string
  readonly link: string
}

test('a root inside another repository leaves that one alone', async () => {
  await using outer = await createRepository({ files: { a: 'outer\n' } })
  const root = `${outer.work}/volume`
  const before = await outer.git('rev-parse', 'HEAD')
  const refs = await outer.git('for-each-ref')
  expect(await syncOnce({ repo: repository.url, root })).toMatchObject({ code: 0, errors: [] })
  await expectServes(`${root}/site`, repository, commit)
  await writeFile(`${root}/.git/HEAD`, 'nonsense')
  await expectHealed(root, repository)
  expect(await outer.git('rev-parse', 'HEAD')).toBe(before)
  expect(await outer.git('for-each-ref')).toBe(refs)
  expect(await outer.git('status', '--porcelain')).toBe('?? volume/')
})

test('a root that is a worktree of another repository leaves that one alone', async () => {
  await using outer = await createRepository({ files: { a: 'outer\n' } })
  const root = folder.at('worktree')
  await outer.git('worktree', 'add', '--detach', root)
  const refs = await outer.git('for-each-ref')
  expect(await syncOnce({ repo: repository.url, root })).toMatchObject({ code: 0, errors: [] })
  await expectServes(`${root}/site`, repository, commit)
  expect(await outer.git('for-each-ref')).toBe(refs)
})

test('a repository that is a link to another one leaves that one alone', async () => {
  await using outer = await createRepository({ files: { a: 'outer\n' } })
  const root = folder.at('linked')
  await mkdir(root)
  await symlink(`${outer.work}/.git`, `${root}/.git`)
  await writeFile(`${outer.work}/.git/somebody.lock`, '')
  const refs = await outer.git('for-each-ref')
  expect(await syncOnce({ repo: repository.url, root })).toMatchObject({ code: 0, errors: [] })
  await expectServes(`${root}/site`, repository, commit)
  expect(await outer.git('for-each-ref')).toBe(refs)
  expect(existsSync(`${outer.work}/.git/somebody.lock`)).toBe(true)
})

/** A root as kubernetes/git-sync v4 makes it. */
async function rootOfPredecessor(): Promise<Synced> {
  const root = folder.at(`v4-${crypto.randomUUID()}`)
  await rootOfVersion4(repository, { root })
  return { root, link: `${root}/site` }
}

traced.test(
  'the root of kubernetes/git-sync v4 is taken over as it stands, without a clone',
  async () => {
    const { root, link } = await rootOfPredecessor()
    const before = fingerprint(link)
    const flags = ['--one-time']
    const sidecar = startGitSync({ repo: repository.url, root, flags, countPrograms: true })
    expect(await sidecar.exited).toBe(0)
    expect(errorsOf(sidecar)).toEqual([])
    expect(fingerprint(link)).toEqual(before)
    await expectServes(link, repository, commit)
    const ran = (await sidecar.programs()).join('\n')
    expect(ran).not.toMatch(/git (init|worktree|reset|clone)/)
    expect(existsSync(`${root}/.quarantine`)).toBe(false)
    await expectHealed(root, repository)
  },
)

test('the root of kubernetes/git-sync v4 serves without a gap when the next commit comes', async () => {
  await using own = await createRepository({ files: { 'index.html': 'old\n' } })
  const { root, link } = await rootOfPredecessor()
  const next = await own.publish({ 'index.html': 'new\n' })
  const seen = new Set<string>()
  await using _sidecar = startGitSync({ repo: own.url, root })
  await until(
    async () => {
      seen.add(await Bun.file(`${link}/index.html`).text())
      return seen.has('new\n') || null
    },
    { everyMs: 0 },
  )
  expect([...seen]).toEqual(['one\n', 'new\n'])
  await expectServes(link, own, next)
})
