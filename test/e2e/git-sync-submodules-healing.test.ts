import { afterAll, expect, setDefaultTimeout, test } from 'bun:test'
import { existsSync } from 'node:fs'
import { chmod, mkdir, open, readdir, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { runChild } from '#test/fixtures/child.ts'
import { killWithDescendants } from '#test/fixtures/kill.ts'
import { createRepository, type Repository } from '#test/fixtures/repository.ts'
import { temporaryFolder } from '#test/fixtures/temp.ts'
import { until } from '#test/fixtures/until.ts'
import { errorsOf, fingerprint, inTree, startGitSync, syncOnce } from './git-sync-run.ts'
import {
  contentOf,
  expectLikeClone,
  fromPaths,
  publishLinks,
  storesOf,
} from './git-sync-submodules-run.ts'

setDefaultTimeout(60_000)

const folder = temporaryFolder('submodule-healing')
const large = Buffer.from(crypto.getRandomValues(new Uint8Array(40_000))).toString('base64')
const sub = await createRepository({ files: { 'sub.txt': 'one\n', large } })
const one = await sub.resolve()
const two = await sub.publish({ 'sub.txt': 'two\n' })
afterAll(() => Promise.all([sub.remove(), folder.remove()]))

interface Synced {
  readonly root: string
  readonly site: Repository
}

/** A root that serves a repository with the submodule. */
async function synced(): Promise<Synced> {
  const site = await createRepository()
  afterAll(site.remove)
  const root = folder.at(crypto.randomUUID())
  await publishLinks(site, { sub: { url: sub.url, commit: one } })
  await syncOnce({ repo: site.url, root, flags: [fromPaths] })
  return { root, site }
}

function storeIn(root: string): string {
  return `${root}/.git/modules/${storesOf(root)[0]}`
}

/** Zeroes in the middle of each pack: the file that cannot be compressed fills it. */
async function corruptPacks(store: string): Promise<void> {
  const packs = `${store}/objects/pack`
  for (const name of (await readdir(packs)).filter((name) => name.endsWith('.pack'))) {
    await chmod(`${packs}/${name}`, 0o644)
    await using pack = await open(`${packs}/${name}`, 'r+')
    await pack.write(new Uint8Array(64), 0, 64, Math.round((await pack.stat()).size / 2))
  }
}

for (const [what, harm] of [
  ['has corrupt files', corruptPacks],
  ['has lost its packs', (store: string) => rm(`${store}/objects/pack`, { recursive: true })],
  ['has lost its HEAD', (store: string) => rm(`${store}/HEAD`)],
  ['has a ref without a hash', (store: string) => writeFile(`${store}/refs/sync/next`, '')],
  ['has nonsense for settings', (store: string) => writeFile(`${store}/config`, '[core')],
  ['is gone', (store: string) => rm(store, { recursive: true })],
  [
    'is an empty folder',
    (store: string) => rm(store, { recursive: true }).then(() => mkdir(store)),
  ],
] as const) {
  test(`what is kept of a submodule ${what}: it is fetched again in the same pass`, async () => {
    for (const commit of [one, two]) {
      const { root, site } = await synced()
      await harm(storeIn(root))
      await publishLinks(site, { sub: { url: sub.url, commit } }, { 'index.html': 'next\n' })
      const { code, errors } = await syncOnce({ repo: site.url, root, flags: [fromPaths] })
      expect({ code, errors }).toEqual({ code: 0, errors: [] })
      await expectLikeClone(`${root}/site`, site)
      expect(await inTree(`${root}/site/sub`, site, 'status', '--porcelain')).toBe('')
      expect(existsSync(`${root}/.quarantine`)).toBe(false)
      // the broken one goes with the tree that used it
      expect(storesOf(root)).toHaveLength(1)
    }
  })
}

test('a submodule that fails is no reason to doubt the repository around it', async () => {
  const { root, site } = await synced()
  await using broken = await createRepository({ files: { large } })
  await publishLinks(site, { sub: { url: broken.url, commit: await broken.resolve() } })
  await corruptPacks(broken.path)
  await runChild(['sh', '-c', `rm -rf ${broken.path}/objects/??`])
  const { code, errors } = await syncOnce({ repo: site.url, root, flags: [fromPaths] })
  expect(code).toBe(1)
  expect(errors).toHaveLength(1)
  expect(errors[0]).toContain('Cannot fill the submodule')
  expect(existsSync(`${root}/.quarantine`)).toBe(false)
})

test('a lost tree is built again with its submodules while no host can be reached', async () => {
  await using own = await createRepository()
  await using lost = await createRepository({ files: { 'a.txt': 'a\n' } })
  await lost.publish({ 'a.txt': 'b\n' })
  await publishLinks(own, { lost: { url: lost.url, commit: await lost.resolve() } })
  const root = folder.at('unreachable')
  const flags = [fromPaths, '--depth=2']
  await syncOnce({ repo: own.url, root, flags })
  await using clone = temporaryFolder('before')
  await runChild(['cp', '-a', `${root}/site/.`, clone.path])
  await Promise.all([own, lost].map(({ path }) => rename(path, `${path}.away`)))
  await rm(`${root}/.worktrees`, { recursive: true })
  expect(await syncOnce({ repo: own.url, root, flags })).toMatchObject({ code: 1 })
  expect(contentOf(`${root}/site`)).toEqual(contentOf(clone.path))
})

test('locks that a killed git left with a submodule are removed', async () => {
  const { root, site } = await synced()
  const store = storeIn(root)
  for (const name of ['shallow.lock', 'refs/sync/next.lock', 'HEAD.lock', 'packed-refs.lock']) {
    await writeFile(`${store}/${name}`, '')
  }
  await publishLinks(site, { sub: { url: sub.url, commit: two } })
  const { code, errors } = await syncOnce({ repo: site.url, root, flags: [fromPaths] })
  expect({ code, errors }).toEqual({ code: 0, errors: [] })
  await expectLikeClone(`${root}/site`, site)
  expect(await leftOvers(root)).toEqual([])
})

for (const [moment, pattern] of [
  ['makes the place for a submodule', '*init*--bare*'],
  ['fetches a submodule', 'fetch*other.git*'],
  ['reads which submodules there are', 'config*--blob*'],
  ['writes the files of a submodule', 'reset*"$two"*'],
  ['cleans what is kept of a submodule', 'gc*modules*'],
] as const) {
  test(`killed while it ${moment}, it leaves nothing that hurts`, async () => {
    const { root, site } = await synced()
    await using other = await createRepository()
    const beside = folder.at(crypto.randomUUID(), 'other.git')
    await mkdir(dirname(beside))
    await symlink(other.path, beside)
    const began = `${root}/../${crypto.randomUUID()}`
    const git = folder.at(`git-${crypto.randomUUID()}`)
    const lines = [
      `two=${two}`,
      // fetch and init take a while to be killed in; after the deed, so that its left-overs are there
      `case "$* $GIT_DIR" in ${pattern}) timeout 0.02 git "$@"; echo >${began}; exec sleep 60;; esac`,
    ]
    await writeFile(git, ['#!/bin/sh', ...lines, 'exec git "$@"', ''].join('\n'), { mode: 0o755 })
    await publishLinks(site, {
      sub: { url: sub.url, commit: two },
      other: { url: beside, commit: await other.resolve() },
    })
    const before = fingerprint(`${root}/site/`)
    const flags = [fromPaths, '--git-gc=always', `--git=${git}`, '--one-time']
    const sidecar = startGitSync({ repo: site.url, root, flags })
    await until(() => existsSync(began) || null)
    killWithDescendants(sidecar.pid)
    await sidecar.exited
    if (!moment.startsWith('cleans')) expect(fingerprint(`${root}/site/`)).toEqual(before)
    const again = await syncOnce({ repo: site.url, root, flags: [fromPaths, '--git-gc=always'] })
    expect({ code: again.code, errors: again.errors }).toEqual({ code: 0, errors: [] })
    await expectLikeClone(`${root}/site`, site)
    expect(await leftOvers(root)).toEqual([])
    expect(storesOf(root)).toHaveLength(2)
    for (const store of storesOf(root)) {
      expect(await readdir(`${root}/.git/modules/${store}/worktrees`)).toHaveLength(1)
    }
  })
}

/** Names of what a killed git or git-sync may leave behind. */
async function leftOvers(root: string): Promise<readonly string[]> {
  const names = await readdir(root, { recursive: true })
  return names.filter((name) =>
    /\.sidecars-tmp-|\.lock$|tmp_|\.tmp-|gc\.pid|sync-gc-due|\.worktrees\/new-/.test(
      name.replace('.git-sync.lock', ''),
    ),
  )
}

test('a tree that the program replaced made keeps serving, and the next commit is built here', async () => {
  await using site = await createRepository()
  const first = await publishLinks(site, { sub: { url: sub.url, commit: one } })
  const root = folder.at('predecessor')
  const tree = `${root}/.worktrees/${first}`
  const git = (cwd: string, ...args: readonly string[]) =>
    runChild(['git', ...args], { cwd, env: site.env })
  await mkdir(root)
  await git(root, 'init', '--quiet', '-b', 'git-sync')
  await git(root, 'remote', 'add', 'origin', site.url)
  await git(root, 'fetch', '--quiet', site.url, 'HEAD', '--depth', '1')
  await git(root, 'reset', '--soft', first, '--')
  await git(root, 'worktree', 'add', '--force', '--detach', tree, first, '--no-checkout')
  await writeFile(`${tree}/.git`, `gitdir: ../../.git/worktrees/${first}\n`)
  await git(tree, 'reset', '--quiet', '--hard', first, '--')
  await git(tree, 'submodule', 'update', '--quiet', '--init', '--recursive', '--depth', '1')
  await symlink(`.worktrees/${first}`, `${root}/site`)
  const before = fingerprint(`${root}/site/`)
  await using sidecar = startGitSync({ repo: site.url, root, flags: [fromPaths] })
  await sidecar.line('starting up')
  await until(() => existsSync(`${root}/.git/sync-depth`) || null)
  expect(fingerprint(`${root}/site/`)).toEqual(before)
  const second = await publishLinks(site, { sub: { url: sub.url, commit: two } })
  await until(() => existsSync(`${root}/.worktrees/${second}`) || null)
  await until(() => (existsSync(`${root}/.git/worktrees/${first}`) ? null : true), {
    timeoutMs: 20_000,
  })
  await expectLikeClone(`${root}/site`, site)
  expect(errorsOf(sidecar)).toEqual([])
})

for (const [what, harm] of [
  ['has other content', (path: string) => writeFile(`${path}/sub.txt`, 'eno\n')],
  ['has lost its content', (path: string) => writeFile(`${path}/sub.txt`, '')],
  ['has lost a file', (path: string) => rm(`${path}/sub.txt`)],
  ['has lost what makes it a submodule', (path: string) => writeFile(`${path}/.git`, '')],
] as const) {
  test(`after another start of the machine, a submodule that ${what} is built again`, async () => {
    const { root, site } = await synced()
    await using around = await createRepository()
    const commit = await site.resolve()
    await publishLinks(around, { around: { url: site.url, commit } })
    await syncOnce({ repo: around.url, root, flags: [fromPaths] })
    for (const isHarmed of [false, true]) {
      const before = fingerprint(`${root}/site/around/`)
      if (isHarmed) await harm(`${root}/site/around/sub`)
      await writeFile(`${root}/.git/sync-boot`, 'another\n')
      const { code, errors } = await syncOnce({ repo: around.url, root, flags: [fromPaths] })
      expect({ code, errors }).toEqual({ code: 0, errors: [] })
      await expectLikeClone(`${root}/site`, around)
      if (!isHarmed) expect(fingerprint(`${root}/site/around/`)).toEqual(before)
    }
  })
}
