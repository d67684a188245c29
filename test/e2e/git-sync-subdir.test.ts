import { afterAll, expect, setDefaultTimeout, test } from 'bun:test'
import { readdirSync, readFileSync } from 'node:fs'
import { mkdir, readlink, writeFile } from 'node:fs/promises'
import { createRepository } from '#test/fixtures/repository.ts'
import { temporaryFolder } from '#test/fixtures/temp.ts'
import { until } from '#test/fixtures/until.ts'
import { errorsOf, startGitSync, syncOnce } from './git-sync-run.ts'
import { expectFresh, modes, untilTold } from './publish-run.ts'

setDefaultTimeout(60_000)

const folder = temporaryFolder('subdir')
afterAll(() => folder.remove())
let roots = 0
const newRoot = (): string => folder.at(`root-${roots++}`)
const files = { top: '1\n', 'web/html/a': '1\n', 'web/html/d/b': '1\n', 'web/htm': '1\n' }
const subdir = 'web/html'

test('one folder of the repository is published, and nothing else of it', async () => {
  for (const mode of modes) {
    await using repository = await createRepository({ files })
    const root = newRoot()
    const flags = [`--publish=${mode}`, '--subdir=./web//html/', '--spare-grace=100ms']
    await using sidecar = startGitSync({ repo: repository.url, root, flags })
    const first = await repository.resolve()
    await untilTold(sidecar, first)
    await expectFresh(`${root}/site`, repository, { commit: first, subdir })
    for (const content of ['2\n', '3\n']) {
      const commit = await repository.publish({ 'web/html/a': content, top: content })
      await untilTold(sidecar, commit)
      await expectFresh(`${root}/site`, repository, { commit, subdir })
      if (mode === 'link') {
        expect(await readlink(`${root}/site`)).toBe(`.worktrees/${commit}/web/html`)
      }
    }
    // the trees before go as they do for a whole one: a second tree, and a second folder, are left
    const left = mode === 'exchange' ? 3 : 2
    await until(() => readdirSync(`${root}/.worktrees`).length === left || null)
    expect(errorsOf(sidecar)).toEqual([])
  }
})

test('a start finds the folder published, and another folder or none is published anew', async () => {
  for (const mode of modes) {
    await using repository = await createRepository({ files })
    const commit = await repository.resolve()
    const root = newRoot()
    for (const at of ['web/html', 'web', '', 'web/html/d']) {
      const flags = [`--publish=${mode}`, `--subdir=${at}`]
      expect(await syncOnce({ repo: repository.url, root, flags })).toMatchObject({
        ...{ code: 0, errors: [] },
      })
      await expectFresh(`${root}/site`, repository, { commit, subdir: at })
      const again = await syncOnce({ repo: repository.url, root, flags })
      expect(again.said).toContain('already published')
    }
  }
})

test('a commit without the folder, or with a link in its place, is refused; the old one stays', async () => {
  for (const [what, changes] of [
    ['"web/html" is not in it', { 'web/html/a': null, 'web/html/d/b': null }],
    ['"web" is no folder in it', { web: { link: '/etc' } }],
    ['"web/html" is no folder in it', { 'web/html': 'a file\n' }],
  ] as const) {
    await using repository = await createRepository({ files })
    const root = newRoot()
    const flags = ['--subdir=web/html', '--max-failures=2', '--period=20ms']
    await using sidecar = startGitSync({ repo: repository.url, root, flags })
    await untilTold(sidecar, await repository.resolve())
    const bad = await repository.publish(changes)
    await sidecar.line(`Cannot publish commit ${bad}: ${what.replaceAll('"', '\\"')}`)
    expect(readFileSync(`${root}/site/a`, 'utf8')).toBe('1\n')
    await repository.git('reset', '--quiet', '--hard', 'HEAD~1')
    const good = await repository.commit({ 'web/html/a': 'good\n' })
    await repository.push({ force: true })
    await untilTold(sidecar, good)
    expect(readFileSync(`${root}/site/a`, 'utf8')).toBe('good\n')
    expect(errorsOf(sidecar)).toHaveLength(1)
  }
})

test('hooks work in the whole tree', async () => {
  await using repository = await createRepository({ files })
  const root = newRoot()
  const hook = folder.at('hook.sh')
  await writeFile(hook, `#!/bin/sh\npwd >${folder.at('pwd')}\n`, { mode: 0o755 })
  const flags = ['--subdir=web/html', `--exechook-command=${hook}`]
  expect(await syncOnce({ repo: repository.url, root, flags })).toMatchObject({ code: 0 })
  const commit = await repository.resolve()
  expect(readFileSync(folder.at('pwd'), 'utf8')).toBe(`${root}/.worktrees/${commit}\n`)
})

test.each(['/etc', '../x', 'a/../../x', '.git', 'a/.git/b', 'a/.GIT'])(
  '--subdir=%s is refused before anything is done',
  async (path) => {
    const root = newRoot()
    await mkdir(root)
    const flags = [`--subdir=${path}`]
    const { code, errors } = await syncOnce({ repo: '/nowhere', root, flags })
    expect(code).toBe(1)
    expect(errors.join('\n')).toContain('--subdir')
    expect(readdirSync(root)).toEqual([])
  },
)
