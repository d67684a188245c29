import { afterAll, expect, setDefaultTimeout, test } from 'bun:test'
import { rm } from 'node:fs/promises'
import { runChild } from '#test/fixtures/child.ts'
import { startGitHttp } from '#test/fixtures/git-http.ts'
import { needs } from '#test/fixtures/needs.ts'
import { createRepository, type Repository } from '#test/fixtures/repository.ts'
import { temporaryFolder } from '#test/fixtures/temp.ts'
import { until } from '#test/fixtures/until.ts'
import {
  errorsOf,
  expectServes,
  fingerprint,
  startGitSync,
  syncOnce,
  untilPublished,
} from './git-sync-run.ts'

setDefaultTimeout(30_000)

const folder = temporaryFolder('refs')
afterAll(() => folder.remove())

let roots = 0

function newRoot(): string {
  return folder.at(`root-${roots++}`)
}

async function expectRef(repository: Repository, ref: string, commit: string): Promise<void> {
  const root = newRoot()
  const flags = [`--ref=${ref}`]
  const { code, errors } = await syncOnce({ repo: repository.url, root, flags })
  expect({ ref, code, errors }).toEqual({ ref, code: 0, errors: [] })
  await expectServes(`${root}/site`, repository, commit)
}

test('a ref is a branch, a tag, a full name or a full hash, and a tag wins', async () => {
  await using repository = await createRepository({ files: { a: '1\n' } })
  const first = await repository.resolve()
  await repository.tag('plain')
  await repository.tag('noted', { message: 'a note' })
  await repository.tag('both')
  await repository.branch('feature/one/two', first)
  const second = await repository.publish({ a: '2\n' })
  await repository.branch('both', second)
  const wanted: readonly (readonly [ref: string, commit: string])[] = [
    ['HEAD', second],
    ['main', second],
    ['plain', first],
    ['noted', first],
    ['both', first],
    ['refs/heads/both', second],
    ['heads/both', second],
    ['refs/tags/noted', first],
    ['feature/one/two', first],
    [first, first],
    [await repository.resolve('noted'), first],
  ]
  for (const [ref, commit] of wanted) await expectRef(repository, ref, commit)
})

const http = needs('nginx', 'fcgiwrap')

http.test.each(['a commit, also when no ref is at it', 'an annotated tag'])(
  'the full hash of %s asks the host once',
  async (what) => {
    await using repository = await createRepository({ files: { a: '1\n' } })
    const first = await repository.resolve()
    await repository.tag('noted', { message: 'a note' })
    await repository.publish({ a: '2\n' })
    await using server = await startGitHttp(repository)
    const root = newRoot()
    const ref = what === 'an annotated tag' ? await repository.resolve('noted') : first
    const flags = [`--ref=${ref}`, '--http-bind=127.0.0.1:0', '--http-metrics']
    await using sidecar = startGitSync({ repo: server.url, root, flags })
    await untilPublished(`${root}/site`, first)
    const asked = (await server.requests()).length
    const { address } = JSON.parse(await sidecar.line('serving HTTP'))
    await until(async () => {
      const text = await (await fetch(`http://${address}/metrics`)).text()
      return Number(/count_total\{status="noop"\} (\d+)/.exec(text)?.[1] ?? 0) > 3 || null
    })
    expect((await server.requests()).length).toBe(asked)
    // what it serves is still looked after
    await rm(`${root}/site`)
    await untilPublished(`${root}/site`, first)
    expect((await server.requests()).length).toBe(asked)
    await sidecar.stop()
    await server.stop()
    const away = await syncOnce({ repo: server.url, root, flags: [`--ref=${ref}`] })
    // of a tag's hash only the host can say again which commit it is
    expect(away.code).toBe(ref === first ? 0 : 1)
  },
)

http.test('a short hash and the name of a commit before are no refs', async () => {
  await using repository = await createRepository({ files: { a: '1\n' } })
  await repository.publish({ a: '2\n' })
  await using server = await startGitHttp(repository)
  const short = (await repository.resolve()).slice(0, 12)
  for (const repo of [repository.url, server.url]) {
    for (const ref of [short, 'main~1', 'main^', 'HEAD~1']) {
      const { code, errors } = await syncOnce({ repo, root: newRoot(), flags: [`--ref=${ref}`] })
      expect({ ref, code, lines: errors.length }).toEqual({ ref, code: 1, lines: 1 })
      expect(errors[0]).toContain(`Cannot find the ref \\"${ref}\\"`)
      expect(errors[0]).toContain('check --ref')
    }
  }
})

test('a ref that is not there is one line that names it, and served once it is', async () => {
  await using repository = await createRepository()
  const root = newRoot()
  const repo = repository.url
  const { code, errors } = await syncOnce({ repo, root, flags: ['--ref=later'] })
  expect(code).toBe(1)
  expect(errors).toHaveLength(1)
  expect(errors[0]).toMatch(/Cannot find the ref \\"later\\" in file:.*check --ref/)
  const hash = await syncOnce({ repo, root, flags: [`--ref=${'1'.repeat(40)}`] })
  expect(hash).toMatchObject({ code: 1, errors: [expect.stringContaining('check --ref')] })
  const flags = ['--ref=later', '--max-failures=-1']
  await using _sidecar = startGitSync({ repo, root, flags })
  await repository.branch('later', await repository.resolve())
  await untilPublished(`${root}/site`, await repository.resolve('later'))
})

test('a branch is followed back, by force, through its deletion and to its new beginning', async () => {
  await using repository = await createRepository({ files: { a: '1\n', only: 'first\n' } })
  const first = await repository.resolve()
  const second = await repository.publish({ a: '2\n', only: null })
  await repository.branch('live', second)
  const root = newRoot()
  const link = `${root}/site`
  await using sidecar = startGitSync({ repo: repository.url, root, flags: ['--ref=live'] })
  await untilPublished(link, second)
  await expectServes(link, repository, second)
  await repository.branch('live', first)
  await untilPublished(link, first)
  await expectServes(link, repository, first)
  await repository.git('checkout', '--quiet', '--orphan', 'other')
  const orphan = await repository.commit({ a: 'other\n' })
  await repository.branch('live', orphan)
  await untilPublished(link, orphan)
  await expectServes(link, repository, orphan)
  const before = fingerprint(link)
  await repository.branch('live', null)
  await sidecar.line('Cannot find the ref')
  expect(fingerprint(link)).toEqual(before)
  await repository.branch('live', second)
  await untilPublished(link, second)
  await expectServes(link, repository, second)
})

test('an empty repository is waited for', async () => {
  await using repository = await createRepository()
  await runChild(['git', 'init', '--quiet', '--bare', folder.at('empty.git')], repository)
  const root = newRoot()
  const repo = folder.at('empty.git')
  const refused = await syncOnce({ repo, root })
  expect(refused.errors).toHaveLength(1)
  expect(refused.errors[0]).toContain('no commit yet: push one')
  await using _sidecar = startGitSync({ repo, root, flags: ['--max-failures=-1'] })
  await repository.git('push', '--quiet', repo, 'HEAD:main', 'HEAD:master')
  await untilPublished(`${root}/site`, await repository.resolve())
})

test('HEAD follows the default branch when another becomes it', async () => {
  await using repository = await createRepository({ files: { a: '1\n' } })
  const first = await repository.resolve()
  const root = newRoot()
  await using sidecar = startGitSync({ repo: repository.url, root })
  await untilPublished(`${root}/site`, first)
  await repository.git('checkout', '--quiet', '-b', 'trunk')
  const second = await repository.publish({ a: '2\n' })
  await repository.git('--git-dir', repository.path, 'symbolic-ref', 'HEAD', 'refs/heads/trunk')
  await repository.branch('main', null)
  await untilPublished(`${root}/site`, second)
  await sidecar.stop()
})

test('a change costs what changed, not the whole repository again', async () => {
  const noise = Array.from({ length: 200 }, (_, index) => [`f${index}`, `${Math.sin(index)}\n`])
  await using repository = await createRepository({ files: Object.fromEntries(noise) })
  const root = newRoot()
  await syncOnce({ repo: repository.url, root })
  const next = await repository.publish({ f1: 'changed\n' })
  const { said } = await syncOnce({ repo: repository.url, root, flags: ['-v=6'] })
  await expectServes(`${root}/site`, repository, next)
  const total = Number(/Counting objects: 100% \(\d+\/(\d+)\)/.exec(said)?.[1])
  expect(total).toBeLessThanOrEqual(5)
})

test('a repository with SHA-256 hashes is synced, also in the place of another', async () => {
  await using repository = await createRepository({ objectFormat: 'sha256', files: { a: '1\n' } })
  const first = await repository.resolve()
  expect(first).toHaveLength(64)
  await expectRef(repository, 'HEAD', first)
  await expectRef(repository, first, first)
  await using before = await createRepository({ files: { a: 'sha1\n' } })
  const root = newRoot()
  await syncOnce({ repo: before.url, root })
  await using sidecar = startGitSync({ repo: repository.url, root })
  await untilPublished(`${root}/site`, first)
  const second = await repository.publish({ a: '2\n' })
  await untilPublished(`${root}/site`, second)
  await expectServes(`${root}/site`, repository, second)
  expect(errorsOf(sidecar)).toEqual([])
})
