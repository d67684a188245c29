import { afterAll, expect, setDefaultTimeout, type test } from 'bun:test'
import { realpath, rm, truncate, writeFile } from 'node:fs/promises'
import { runChild } from '#test/fixtures/child.ts'
import { startGitHttp } from '#test/fixtures/git-http.ts'
import { needs } from '#test/fixtures/needs.ts'
import { newestGit } from '#test/fixtures/newest-git.ts'
import { createRepository, type RepositoryOptions } from '#test/fixtures/repository.ts'
import { temporaryFolder } from '#test/fixtures/temp.ts'
import {
  errorsOf,
  expectServes,
  inTree,
  startGitSync,
  syncOnce,
  untilPublished,
} from './git-sync-run.ts'
import { expectLikeClone, fromPaths, publishLinks } from './git-sync-submodules-run.ts'

setDefaultTimeout(60_000)

const folder = temporaryFolder('versions')
afterAll(() => folder.remove())

let roots = 0

/** What works with one git must work with another: the oldest supported and the newest there is. */
const gits: readonly (readonly [name: string, git: string, test: typeof test])[] = [
  ["this machine's git", 'git', needs('nginx', 'fcgiwrap').test],
  ["Debian's newest git", newestGit, needs('nginx', 'fcgiwrap', 'newest git').test],
]

needs('newest git').test('there are two versions of git to test with', async () => {
  const versions = await Promise.all(gits.map(([, git]) => runChild([git, 'version'])))
  expect(new Set(versions).size).toBe(2)
})

for (const [name, git, test] of gits) {
  /** A repository, a root, and one good sync of it with more flags each time it is called. */
  const scene = async (options: RepositoryOptions = {}) => {
    const repository = await createRepository(options)
    const root = folder.at(`root-${roots++}`)
    return {
      repository,
      root,
      link: `${root}/site`,
      async sync(...flags: readonly string[]): Promise<void> {
        const all = [`--git=${git}`, ...flags]
        const { code, errors } = await syncOnce({ repo: repository.url, root, flags: all })
        expect({ code, errors }).toEqual({ code: 0, errors: [] })
      },
      count: async () => +(await inTree(`${root}/site`, repository, 'rev-list', '--count', 'HEAD')),
      [Symbol.asyncDispose]: () => repository.remove(),
    }
  }

  test(`${name}: follows a branch over http with a login, cleans up and ends`, async () => {
    await using at = await scene()
    const { repository, root, link } = at
    await using server = await startGitHttp(repository, { user: 'ann', password: 'secret-word' })
    await using sidecar = startGitSync({
      ...{ repo: server.url, root, env: { GITSYNC_PASSWORD: 'secret-word' } },
      flags: [`--git=${git}`, '--username=ann', '--git-gc=always', '--ref=main'],
    })
    await untilPublished(link, await repository.resolve())
    for (const text of ['two\n', 'three\n']) {
      await untilPublished(link, await repository.publish({ 'index.html': text }))
    }
    await expectServes(link, repository, await repository.resolve())
    expect(await sidecar.stop()).toBe(143)
    expect(errorsOf(sidecar)).toEqual([])
  })

  test(`${name}: a branch, a tag, a full name and a hash are refs`, async () => {
    await using at = await scene()
    const { repository, link } = at
    const first = await repository.resolve()
    await repository.tag('v1', { message: 'the first' })
    const second = await repository.publish({ 'index.html': 'two\n' })
    for (const [ref, commit] of [
      ['main', second],
      ['v1', first],
      ['refs/heads/main', second],
      [first, first],
    ] as const) {
      await at.sync(`--ref=${ref}`)
      await expectServes(link, repository, commit)
    }
  })

  test(`${name}: a change of the depth takes effect`, async () => {
    await using at = await scene()
    await at.repository.publish({ 'index.html': 'two\n' })
    await at.repository.publish({ 'index.html': 'three\n' })
    for (const [depth, commits] of [
      [1, 1],
      [2, 2],
      [1, 1],
      [0, 3],
    ] as const) {
      await at.sync(`--depth=${depth}`)
      expect(await at.count()).toBe(commits)
    }
  })

  test(`${name}: submodules, in the first sync and when they change`, async () => {
    await using at = await scene()
    await using inner = await createRepository({ files: { a: 'a\n' } })
    const { repository, link } = at
    await publishLinks(repository, { inner: { commit: await inner.resolve(), url: inner.url } })
    await at.sync(fromPaths)
    await expectLikeClone(link, repository)
    const changed = await inner.publish({ a: 'b\n' })
    await publishLinks(repository, { inner: { commit: changed, url: inner.url } })
    await at.sync(fromPaths)
    await expectLikeClone(link, repository)
    expect(await Bun.file(`${link}/inner/a`).text()).toBe('b\n')
  })

  test(`${name}: a filter and a sparse checkout`, async () => {
    const files = { 'docs/a.md': 'a\n', 'src/b.c': 'b\n', 'index.html': 'one\n' }
    await using at = await scene({ files })
    await at.repository.git(
      '--git-dir',
      at.repository.path,
      'config',
      'uploadpack.allowFilter',
      'true',
    )
    const patterns = folder.at(`patterns-${roots}`)
    await writeFile(patterns, '/docs/*\n')
    const flags = ['--filter=blob:none', `--sparse-checkout-file=${patterns}`]
    await at.sync(...flags)
    expect(await inTree(at.link, at.repository, 'status', '--porcelain')).toBe('')
    expect([...new Bun.Glob('**').scanSync(at.link)]).toEqual(['docs/a.md'])
    await at.repository.publish({ 'docs/a.md': 'two\n' })
    await at.sync(...flags)
    expect(await Bun.file(`${at.link}/docs/a.md`).text()).toBe('two\n')
    const packs = [...new Bun.Glob('*.promisor').scanSync(`${at.root}/.git/objects/pack`)]
    expect(packs.length).toBeGreaterThan(0)
  })

  test(`${name}: a repository of SHA-256`, async () => {
    await using at = await scene({ objectFormat: 'sha256' })
    await at.sync()
    const second = await at.repository.publish({ 'index.html': 'two\n' })
    await at.sync()
    await expectServes(at.link, at.repository, second)
  })

  test(`${name}: a broken repository, a lost tree and orphaned locks heal`, async () => {
    await using at = await scene()
    const { repository, root, link } = at
    await at.sync()
    // as after a loss of power
    const packs = `${root}/.git/objects/pack`
    const names = [...new Bun.Glob('*.pack').scanSync(packs)]
    expect(names.length).toBeGreaterThan(0)
    for (const pack of names) await truncate(`${packs}/${pack}`)
    await writeFile(`${root}/.git/refs/sync/current`, '')
    await rm(await realpath(link), { recursive: true })
    await at.sync()
    await writeFile(`${root}/.git/HEAD`, 'nonsense')
    await at.sync()
    await writeFile(`${root}/.git/shallow.lock`, '')
    await writeFile(`${root}/.git/HEAD.lock`, '')
    const second = await repository.publish({ 'index.html': 'two\n' })
    await at.sync()
    await expectServes(link, repository, second)
    expect(await inTree(link, repository, 'fsck', '--connectivity-only')).toBe('')
  })
}
