import { afterAll, expect, setDefaultTimeout, test } from 'bun:test'
import { existsSync } from 'node:fs'
import { mkdir, open, readdir, readlink, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { basename, dirname, isAbsolute, resolve } from 'node:path'
import { runChild } from '#test/fixtures/child.ts'
import { createRepository } from '#test/fixtures/repository.ts'
import { startSidecar } from '#test/fixtures/sidecar.ts'
import { temporaryFolder } from '#test/fixtures/temp.ts'
import { until } from '#test/fixtures/until.ts'
import { expectServes, startGitSync, syncOnce, untilPublished } from './git-sync-run.ts'

setDefaultTimeout(30_000)

const repository = await createRepository({ files: { 'index.html': 'one\n' } })
const repo = repository.url
const commit = await repository.resolve()
const folder = temporaryFolder('link')
afterAll(() => Promise.all([repository.remove(), folder.remove()]))

let roots = 0

function newRoot(): string {
  return folder.at(`root-${roots++}`)
}

/** The link is relative, into the root's trees, and names the commit. */
async function expectLink(link: string, root: string): Promise<void> {
  const target = await readlink(link)
  expect(isAbsolute(target)).toBe(false)
  expect(resolve(dirname(link), target)).toBe(`${root}/.worktrees/${commit}`)
  await expectServes(link, repository, commit)
}

test('without a name the link has the last part of the URL, with its .git', async () => {
  const root = newRoot()
  const args = ['git-sync', `--repo=${repo}/`, `--root=${root}`, '--one-time']
  expect(await startSidecar(args).exited).toBe(0)
  await expectLink(`${root}/site.git`, root)
})

test('a link is relative to the root, nested, or anywhere else', async () => {
  const root = newRoot()
  const outside = folder.at('outside', 'deep', 'www')
  for (const link of ['html', 'a/b/c', outside]) {
    expect(await syncOnce({ repo, root, flags: [`--link=${link}`] })).toMatchObject({ code: 0 })
    await expectLink(resolve(root, link), root)
  }
})

test('without a slash in it the whole short name of an ssh repository is the link', async () => {
  const root = newRoot()
  const repo = 'git@host.invalid:site.git'
  const env = { GIT_SSH_COMMAND: 'false' }
  const args = ['git-sync', `--repo=${repo}`, `--root=${root}`, '--one-time']
  const sidecar = startSidecar(args, { env })
  expect(await sidecar.exited).toBe(1)
  expect(sidecar.log()[0]).toMatchObject({ msg: 'starting up', link: `${root}/${repo}` })
})

test('a relative root is below the folder in which it is started', async () => {
  await mkdir(folder.at('started-in'))
  const [cwd, root] = [folder.at('started-in'), 'deep/root']
  expect(await syncOnce({ repo, root, cwd })).toMatchObject({ code: 0, errors: [] })
  await expectLink(`${cwd}/${root}/site`, `${cwd}/${root}`)
})

test('a root and a link that are reached through symbolic links', async () => {
  const root = newRoot()
  await mkdir(`${root}/real/www`, { recursive: true })
  await symlink('real', `${root}/alias`)
  await symlink('real/www', `${root}/www`)
  const flags = [`--link=${root}/www/site`]
  expect(await syncOnce({ repo, root: `${root}/alias`, flags })).toMatchObject({
    code: 0,
    errors: [],
  })
  await expectLink(`${root}/real/www/site`, `${root}/real`)
  await expectServes(`${root}/www/site`, repository, commit)
})

test('a link in a place of ours is refused by name', async () => {
  for (const link of ['.git/x', '.worktrees', '.published/x', '.', '']) {
    const flags = link === '' ? ['--repo=/', '--link='] : [`--link=${link}`]
    const { code, errors } = await syncOnce({ repo, root: newRoot(), flags })
    expect(code).toBe(1)
    expect(errors).toHaveLength(1)
    expect(errors[0]).toContain('--link cannot be')
  }
})

test('an empty folder, a file and a stranger’s link give way to the link', async () => {
  const root = newRoot()
  const link = `${root}/site`
  await mkdir(link, { recursive: true })
  expect(await syncOnce({ repo, root })).toMatchObject({ code: 0, errors: [] })
  await expectLink(link, root)
  await rm(link)
  await writeFile(link, 'a file\n')
  expect(await syncOnce({ repo, root })).toMatchObject({ code: 0, errors: [] })
  await expectLink(link, root)
  await rm(link)
  await symlink('/etc', link)
  expect(await syncOnce({ repo, root })).toMatchObject({ code: 0, errors: [] })
  await expectLink(link, root)
  expect(existsSync('/etc/passwd')).toBe(true)
})

test('a folder with files in the way is an error that names it, and left alone', async () => {
  const root = newRoot()
  const link = `${root}/site`
  await mkdir(link, { recursive: true })
  await writeFile(`${link}/precious`, 'x')
  const { code, errors } = await syncOnce({ repo, root })
  expect(code).toBe(1)
  expect(errors).toHaveLength(1)
  expect(errors[0]).toContain(`Cannot publish at ${link}: a folder is there; move it away`)
  await using sidecar = startGitSync({ repo, root, flags: ['--max-failures=-1'] })
  await sidecar.line(/"failures":4/)
  // no try leaves a tree behind
  expect(await readdir(`${root}/.worktrees`).catch(() => [])).toEqual([])
  expect(await readdir(`${root}/.git/worktrees`).catch(() => [])).toEqual([])
  await sidecar.line(/"failures":9/)
  await rename(link, `${root}/moved`)
  // as soon as it is gone: the host is well, so nothing is waited for but the period
  await untilPublished(link, commit, 2000)
  await expectLink(link, root)
  expect(existsSync(`${root}/moved/precious`)).toBe(true)
})

test('a link that was deleted or turned elsewhere comes back while it runs', async () => {
  const root = newRoot()
  const link = `${root}/site`
  await using _sidecar = startGitSync({ repo, root })
  await untilPublished(link, commit)
  await rm(link)
  await untilPublished(link, commit)
  await rm(link)
  await symlink('.worktrees', link)
  await untilPublished(link, commit)
  await expectLink(link, root)
})

test('the tree is a working tree of git under any path', async () => {
  const root = newRoot()
  await syncOnce({ repo, root, flags: ['--depth=0'] })
  const moved = folder.at('mounted', 'elsewhere')
  await mkdir(dirname(moved))
  await rename(root, moved)
  const git = (...args: readonly string[]) =>
    runChild(['git', '-C', `${moved}/site`, ...args], repository)
  expect((await git('rev-parse', 'HEAD')).trim()).toBe(commit)
  expect((await git('rev-list', '--count', 'HEAD')).trim()).toBe('1')
  expect((await git('status', '--porcelain')).trim()).toBe('')
  expect(resolve(`${moved}/site`, (await git('rev-parse', '--git-common-dir')).trim())).toEndWith(
    '/.git',
  )
  expect(await git('archive', 'HEAD')).toContain('index.html')
  // and git-sync goes on there
  const next = await repository.publish({ 'index.html': 'moved\n' })
  await using _sidecar = startGitSync({ repo, root: moved })
  await untilPublished(`${moved}/site`, next)
  await repository.branch('main', commit)
  await untilPublished(`${moved}/site`, commit)
  await repository.git('reset', '--quiet', '--hard', commit)
})

test('the tree tells where it comes from, without a login, and follows --repo', async () => {
  const root = newRoot()
  const origin = async (): Promise<string> =>
    (
      await runChild(['git', '-C', `${root}/site`, 'remote', 'get-url', 'origin'], repository)
    ).trim()
  await syncOnce({ repo: repository.path, root })
  expect(await origin()).toBe(repository.path)
  await syncOnce({ repo, root })
  expect(await origin()).toBe(repo)
  // also while the host is away
  await syncOnce({ repo: 'http://ann:hidden-word@127.0.0.1:1/site.git', root })
  expect(await origin()).toBe('http://127.0.0.1:1/site.git')
})

test('two instances may publish in one folder', async () => {
  const [one, two] = [newRoot(), newRoot()]
  const www = folder.at('www')
  await using _first = startGitSync({ repo, root: one, flags: [`--link=${www}/one`] })
  await using _second = startGitSync({ repo, root: two, flags: [`--link=${www}/two`] })
  await untilPublished(`${www}/one`, commit)
  await untilPublished(`${www}/two`, commit)
  expect((await readdir(www)).sort()).toEqual(['one', 'two'])
})

test('a tree that was replaced stays for those who read it, then goes with all that is stale', async () => {
  const root = newRoot()
  const link = `${root}/site`
  await using own = await createRepository({ files: { a: '1\n' } })
  const first = await own.resolve()
  await using _sidecar = startGitSync({ repo: own.url, root, flags: ['--spare-worktree=false'] })
  await untilPublished(link, first)
  const second = await own.publish({ a: '2\n' })
  await untilPublished(link, second)
  expect(await Bun.file(`${root}/.worktrees/${first}/a`).text()).toBe('1\n')
  // back within the grace: who holds the first tree of this commit open keeps it
  await using held = await open(`${root}/.worktrees/${first}`)
  await own.branch('main', first)
  await untilPublished(link, first)
  expect(await Bun.file(`/proc/self/fd/${held.fd}/a`).text()).toBe('1\n')
  await until(
    async () => {
      const trees = await readdir(`${root}/.worktrees`)
      return (trees.length === 1 && trees[0] === first) || null
    },
    { timeoutMs: 15_000 },
  )
  // what git knew of the trees that are gone goes too, and nothing else
  await until(async () => ((await readdir(`${root}/.git/worktrees`)).length === 1 ? true : null))
  const status = await runChild(['git', '-C', link, 'status', '--porcelain'], own)
  expect({ first: basename(await readlink(link)), status }).toEqual({ first, status: '' })
})
