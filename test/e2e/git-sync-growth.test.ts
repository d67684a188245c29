import { afterAll, expect, setDefaultTimeout, test } from 'bun:test'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { runChild } from '#test/fixtures/child.ts'
import { createRepository, type Repository } from '#test/fixtures/repository.ts'
import { temporaryFolder } from '#test/fixtures/temp.ts'
import { until } from '#test/fixtures/until.ts'
import {
  errorsOf,
  expectServes,
  inTree,
  startGitSync,
  syncOnce,
  untilPublished,
} from './git-sync-run.ts'
import { fromPaths, publishLinks } from './git-sync-submodules-run.ts'
import {
  createGrowing,
  diskBytes,
  type Growing,
  incompressible,
  treeBytes,
  treesInGrace,
} from './growth-run.ts'

/** In CI few enough for its time; 1,000 is what is promised. */
const commits = Number(process.env.GROWTH_COMMITS ?? 80)

setDefaultTimeout(60_000 + commits * 300)

const folder = temporaryFolder('growth')
afterAll(() => folder.remove())

/** What one commit of these needs in the repository: blocks of a pack and of its index. */
const packBytes = 12 << 10

interface Grown {
  readonly root: string
  /** Twice what the first sync took, and a second tree. */
  readonly limitBytes: number
  /** The most that was seen, without trees in their grace. */
  mostBytes: number
  readonly mostTrees: number
  readonly endBytes: number
}

/** Follows all commits, and looks at the root all the time. */
async function grow(growing: Growing, flags: readonly string[]): Promise<Grown> {
  const { repository, first, ahead, push } = growing
  const root = folder.at(`root-${crypto.randomUUID()}`)
  await push(first)
  await syncOnce({ repo: repository.url, root })
  const firstBytes = diskBytes(root)
  const limitBytes = 2 * firstBytes + treeBytes(`${root}/.worktrees/${first}`)
  let mostBytes = 0
  let mostTrees = 0
  const look = (): void => {
    const inGrace = treesInGrace(root)
    mostTrees = Math.max(mostTrees, inGrace.length)
    const graceBytes = inGrace.reduce((sum, tree) => sum + treeBytes(tree) + packBytes, 0)
    mostBytes = Math.max(mostBytes, diskBytes(root) - graceBytes)
  }
  await using sidecar = startGitSync({ repo: repository.url, root, flags })
  for (const [number, commit] of ahead.entries()) {
    await push(commit)
    await untilPublished(`${root}/site`, commit)
    if (number % 3 === 0) look()
  }
  await until(() => treesInGrace(root).length === 0 || null, { timeoutMs: 30_000 })
  await until(() => (diskBytes(root) <= limitBytes ? true : null)).catch(() => {})
  await sidecar.stop()
  expect(errorsOf(sidecar)).toEqual([])
  const endBytes = diskBytes(root)
  await expectWhole(root, repository, ahead.at(-1) ?? first)
  return { root, limitBytes, mostBytes, mostTrees, endBytes }
}

/** What is served is the commit, and the repository has all that it names. */
async function expectWhole(root: string, repository: Repository, commit: string): Promise<void> {
  await expectServes(`${root}/site`, repository, commit)
  // it fails when something is missing, and says what
  await runChild(['git', '-C', root, 'fsck', '--full', '--no-dangling'], repository)
}

const paces: readonly (readonly [what: string, flags: readonly string[], trees: number])[] = [
  ['slower than the grace', ['--spare-grace=1ms', '--period=10ms'], 0],
  ['much faster than the grace', ['--spare-grace=2s', '--period=10ms'], 5],
]

for (const [what, flags, trees] of paces) {
  test(`with pushes ${what} the root stays below twice its size and a second tree`, async () => {
    await using growing = await createGrowing(commits)
    const grown = await grow(growing, flags)
    if (process.env.GROWTH_COMMITS) process.stderr.write(`${JSON.stringify(grown)}\n`)
    expect(grown.mostTrees).toBeGreaterThanOrEqual(trees)
    expect(grown.mostBytes).toBeLessThanOrEqual(grown.limitBytes)
    expect(grown.endBytes).toBeLessThanOrEqual(grown.limitBytes)
  })
}

/** A git that holds each repack until it is let go, and tells of it. */
async function slowRepacks() {
  const [path, began, go] = ['git-slow', 'began', 'go'].map((name) =>
    folder.at(`${name}-${crypto.randomUUID()}`),
  ) as [string, string, string]
  // it has read what is named, and made its pack: what comes now is not in it
  const held = `git "$@"; echo >>${began}; while [ ! -e ${go} ]; do sleep 0.02; done; exit 0`
  const lines = [`case "$*" in pack-objects*--all*) ${held};; esac`, 'exec git "$@"', '']
  await writeFile(path, ['#!/bin/sh', ...lines].join('\n'), { mode: 0o755 })
  return {
    flag: `--git=${path}`,
    began: () => (existsSync(began) ? statSync(began).size : 0),
    go: () => writeFile(go, ''),
  }
}

function packsIn(root: string): readonly string[] {
  return readdirSync(`${root}/.git/objects/pack`).filter((name) => /^pack-.*\.idx$/.test(name))
}

test('a repack that takes long delays no pass, and drops nothing that came meanwhile', async () => {
  await using growing = await createGrowing(60)
  const { repository, first, ahead, push } = growing
  const root = folder.at('held')
  const slow = await slowRepacks()
  await push(first)
  const flags = [slow.flag, '--spare-grace=1ms', '--period=10ms']
  await using sidecar = startGitSync({ repo: repository.url, root, flags })
  await untilPublished(`${root}/site`, first)
  const fetched = packsIn(root)
  let last = 0
  const follow = async (): Promise<void> => {
    const commit = ahead[last++] ?? first
    await push(commit)
    await untilPublished(`${root}/site`, commit)
  }
  while (slow.began() === 0) await follow()
  // each of them is served while the repack stands still
  const before = last
  while (last < before + 8) await follow()
  expect(slow.began()).toBe(1)
  await slow.go()
  await until(() => packsIn(root).every((pack) => !fetched.includes(pack)) || null)
  await sidecar.stop()
  expect(errorsOf(sidecar)).toEqual([])
  await expectWhole(root, repository, ahead[last - 1] ?? first)
})

test('a commit that is named again while a repack leaves it out stays, with all on top of it', async () => {
  await using growing = await createGrowing(1)
  const { repository, first, push } = growing
  const root = folder.at('again')
  const slow = await slowRepacks()
  await push(first)
  const flags = [slow.flag, '--spare-grace=1ms', '--period=10ms', '--depth=0']
  await using sidecar = startGitSync({ repo: repository.url, root, flags })
  await untilPublished(`${root}/site`, first)
  const move = async (commit: string): Promise<string> => {
    await push(commit)
    await untilPublished(`${root}/site`, commit)
    return commit
  }
  /** A commit beside all others, with a file of its own. */
  const beside = async (parent: string): Promise<string> => {
    await repository.git('checkout', '--quiet', '--detach', parent)
    const commit = await repository.commit({ mine: incompressible(30_000) })
    await repository.git('push', '--quiet', 'origin', `HEAD:refs/held/${commit}`)
    return commit
  }
  const left = await move(await beside(first))
  while (slow.began() === 0) await move(await beside(first))
  // its tree is gone, and nothing names it any more; the fetch finds all of it here
  await move(left)
  const top = await move(await beside(left))
  await slow.go()
  await until(() => !existsSync(`${root}/.git/sync-repack`) || null)
  await sidecar.stop()
  expect(errorsOf(sidecar)).toEqual([])
  await expectWhole(root, repository, top)
})

test('what submodules leave behind in their stores is dropped in the same way', async () => {
  await using outer = await createRepository()
  const content = () => ({ big: incompressible(60_000) })
  await using inner = await createRepository({ files: content() })
  const commitOf = async (): Promise<string> =>
    publishLinks(outer, { inner: { commit: await inner.resolve(), url: inner.url } })
  const root = folder.at('stores')
  const commits = [await commitOf()]
  const flags = [fromPaths, '--spare-grace=1ms', '--period=10ms']
  await using sidecar = startGitSync({ repo: outer.url, root, flags })
  await untilPublished(`${root}/site`, commits[0] ?? '')
  const storesBytes = (): number => diskBytes(`${root}/.git/modules`)
  const firstBytes = storesBytes()
  for (let count = 0; count < 10; count++) {
    await inner.publish(content())
    commits.push(await commitOf())
    await untilPublished(`${root}/site`, commits.at(-1) ?? '')
  }
  await until(() => storesBytes() < 3 * firstBytes || null, {
    what: `less than ${3 * firstBytes} bytes`,
  })
  await sidecar.stop()
  expect(errorsOf(sidecar)).toEqual([])
  expect(await inTree(`${root}/site`, outer, 'submodule', 'status')).toMatch(/^ \w+ inner/)
  await inTree(`${root}/site/inner`, inner, 'fsck', '--full')
})
