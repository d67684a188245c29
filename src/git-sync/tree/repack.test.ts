import { afterAll, expect, test } from 'bun:test'
import { existsSync, mkdtempSync } from 'node:fs'
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Git } from '#git-sync/git/git.ts'
import { gitIn, shellIn } from '#git-sync/git/git-for-tests.ts'
import { systemClock } from '#kit/clock.ts'
import { createLog } from '#kit/log.ts'
import { beginRepack } from './repack.ts'

const folder = mkdtempSync(join(tmpdir(), 'sidecars-repack-"\\:-'))
afterAll(() => rm(folder, { recursive: true }))
const log = createLog({ verbosity: 0, clock: systemClock, write() {} })
let count = 0

/** A host of three commits, and a repository that has fetched them one after the other. */
async function fetched(...how: readonly string[]) {
  const at = join(folder, `${count++}`)
  const [host, root] = [join(at, 'host'), join(at, 'root')]
  await mkdir(host, { recursive: true })
  await mkdir(root)
  for (const path of [host, root]) await gitIn(path, 'init', '--quiet', '--initial-branch=main')
  await gitIn(host, 'config', 'uploadpack.allowFilter', 'true')
  const commits: string[] = []
  const fetch = async (): Promise<void> => {
    const to = ['+main:refs/sync/next', '--no-tags', '--no-auto-gc']
    const settings = ['-c', 'fetch.unpackLimit=1', '-c', 'safe.directory=*']
    await gitIn(root, ...settings, 'fetch', '--quiet', ...how, `file://${host}`, ...to)
  }
  const commit = async (): Promise<string> => {
    await writeFile(join(host, 'a'), `${commits.length}\n`)
    await gitIn(host, 'add', '--all')
    const who = ['-c', 'user.name=a', '-c', 'user.email=a@example.com']
    await gitIn(host, ...who, 'commit', '--quiet', '--message=x')
    commits.push((await gitIn(host, 'rev-parse', 'HEAD')).trim())
    return commits.at(-1) ?? ''
  }
  for (let round = 0; round < 3; round++) {
    await commit()
    await fetch()
  }
  const gitDir = join(root, '.git')
  const options = { program: 'git', env: process.env, root, log }
  return {
    ...{ root, gitDir, commits, commit, fetch },
    git: new Git({ ...options, stop: new AbortController().signal }),
    filesOfPacks: async (): Promise<readonly string[]> =>
      (await readdir(join(gitDir, 'objects/pack'))).toSorted(),
    has: (hash: string): Promise<boolean> =>
      gitIn(root, 'cat-file', '-e', hash).then(
        () => true,
        () => false,
      ),
  }
}

test('what nothing names is dropped, in packs and beside them, and one pack is left', async () => {
  const { root, gitDir, git, commits, filesOfPacks, has } = await fetched('--depth=1')
  const loose = (await shellIn(root, 'echo mine | git hash-object -w --stdin')).trim()
  expect(await filesOfPacks()).toHaveLength(6)
  expect((await readFile(join(gitDir, 'shallow'), 'utf8')).trim().split('\n')).toHaveLength(3)
  await mkdir(join(gitDir, 'logs/refs'), { recursive: true })
  const repack = beginRepack(git, { gitDir, isThorough: false })
  await repack.made
  expect(await filesOfPacks()).toHaveLength(6)
  repack.takeOver()
  await repack.clear()
  expect(await filesOfPacks()).toHaveLength(2)
  expect(await Promise.all(commits.map(has))).toEqual([false, false, true])
  expect(await has(loose)).toBe(false)
  expect(await readFile(join(gitDir, 'shallow'), 'utf8')).toBe(`${commits[2]}\n`)
  expect(existsSync(join(gitDir, 'logs'))).toBe(false)
  expect(existsSync(join(gitDir, 'sync-repack'))).toBe(false)
  await gitIn(root, 'fsck', '--full', '--strict')
})

test('what a fetch brings meanwhile stays, and so does the list of its history', async () => {
  const { root, gitDir, git, commits, commit, fetch, has } = await fetched('--depth=1')
  const repack = beginRepack(git, { gitDir, isThorough: false })
  await repack.made
  const next = await commit()
  await fetch()
  expect(repack.look()).toBe(true)
  repack.takeOver()
  await repack.clear()
  expect(await has(next)).toBe(true)
  expect(await has(commits[0] ?? '')).toBe(false)
  const shallow = await readFile(join(gitDir, 'shallow'), 'utf8')
  expect(shallow.trim().split('\n').toSorted()).toEqual([commits[2] ?? '', next].toSorted())
  await gitIn(root, 'fsck', '--full', '--strict')
})

test('nothing is dropped when something is named that was here and left out', async () => {
  const { root, gitDir, git, commits } = await fetched()
  const [first = '', , third = ''] = commits
  await gitIn(root, 'update-ref', 'refs/sync/next', first)
  const repack = beginRepack(git, { gitDir, isThorough: false })
  await repack.made
  expect(repack.look()).toBe(true)
  await gitIn(root, 'update-ref', 'refs/sync/next', third)
  expect(repack.look()).toBe(false)
  await repack.clear()
  await gitIn(root, 'fsck', '--full')
})

test('nothing is dropped of a repository that another one took the place of', async () => {
  const { root, gitDir, git } = await fetched()
  const repack = beginRepack(git, { gitDir, isThorough: false })
  await repack.made
  await shellIn(root, 'mv .git aside && cp -r aside .git')
  expect(repack.look()).toBe(false)
})

test('a pack that somebody keeps stays; one that a killed fetch keeps does not', async () => {
  const { root, gitDir, git, commits, filesOfPacks } = await fetched('--depth=1')
  const packs: string[] = []
  for (const index of (await filesOfPacks()).filter((name) => name.endsWith('.idx'))) {
    // What is made of the newest commit has the name of the pack that it came in.
    const objects = await shellIn(gitDir, `git show-index <objects/pack/${index}`)
    if (!objects.includes(commits.at(-1) ?? '')) packs.push(index)
  }
  const [mine = '', killed = ''] = packs.map((name) => name.replace('.idx', '.keep'))
  await writeFile(join(gitDir, 'objects/pack', mine), 'mine\n')
  await writeFile(join(gitDir, 'objects/pack', killed), 'fetch-pack 17 on host\n')
  const repack = beginRepack(git, { gitDir, isThorough: false })
  await repack.made
  repack.takeOver()
  await repack.clear()
  const left = await filesOfPacks()
  expect(left).toContain(mine.replace('.keep', '.pack'))
  expect(left).not.toContain(killed.replace('.keep', '.pack'))
  await gitIn(root, 'fsck', '--full')
})

test('one that is as it shall be stays as it is', async () => {
  const { root, gitDir, git, filesOfPacks } = await fetched('--depth=1')
  for (let round = 0; round < 2; round++) {
    const repack = beginRepack(git, { gitDir, isThorough: false })
    await repack.made
    repack.takeOver()
    await repack.clear()
    expect(await filesOfPacks()).toHaveLength(2)
  }
  await gitIn(root, 'fsck', '--full')
})

test('objects that the host was told to leave out are not missed', async () => {
  const { root, gitDir, git, filesOfPacks, has, commits } = await fetched(
    '--depth=1',
    '--filter=blob:none',
  )
  const repack = beginRepack(git, { gitDir, isThorough: false })
  await repack.made
  repack.takeOver()
  await repack.clear()
  const left = await filesOfPacks()
  expect(left.map((name) => name.replace(/.*\./, ''))).toEqual(['idx', 'pack', 'promisor'])
  expect(await has(commits[2] ?? '')).toBe(true)
  await gitIn(root, 'fsck', '--full')
})

test('a repack that is stopped leaves all as it was', async () => {
  const { root, gitDir, git, filesOfPacks } = await fetched('--depth=1')
  const stop = new AbortController()
  const repack = beginRepack(git.with({ stop: stop.signal }), { gitDir, isThorough: true })
  stop.abort()
  expect(repack.made).rejects.toThrow('Cannot repack')
  await repack.made.catch(() => {})
  await repack.clear()
  expect(await filesOfPacks()).toHaveLength(6)
  expect(existsSync(join(gitDir, 'sync-repack'))).toBe(false)
  await gitIn(root, 'fsck', '--full')
})
