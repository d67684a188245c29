import { afterAll, expect, setDefaultTimeout, test } from 'bun:test'
import { existsSync } from 'node:fs'
import { appendFile, chmod, mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { killWithDescendants } from '#test/fixtures/kill.ts'
import { createRepository, type Repository } from '#test/fixtures/repository.ts'
import type { Sidecar } from '#test/fixtures/sidecar.ts'
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
import { contentOf, fromPaths, publishLinks } from './git-sync-submodules-run.ts'
import { expectBrought, follow, programsRun, quick, untilReady } from './spare-run.ts'

setDefaultTimeout(60_000)

const folder = temporaryFolder('spare-restart')
afterAll(() => folder.remove())
const files = Object.fromEntries(
  Array.from({ length: 60 }, (_, number) => [`d${number % 3}/${number}.txt`, `${number}\n`]),
)

interface Killed {
  readonly repository: Repository
  readonly root: string
  readonly commit: string
  /** The second tree that it left. */
  readonly second: string
  restart(...flags: readonly string[]): Sidecar
}

/** A root whose git-sync was killed when it had a second tree. */
async function killed(): Promise<Killed> {
  const repository = await createRepository({ files })
  afterAll(repository.remove)
  const root = folder.at(crypto.randomUUID())
  const restart = (...flags: readonly string[]): Sidecar =>
    startGitSync({ repo: repository.url, root, flags: [...quick, ...flags] })
  await using sidecar = restart()
  const commit = await repository.resolve()
  await untilReady(sidecar, commit)
  await sidecar.stop('SIGKILL')
  const second = await secondOf(root)
  if (second === null) throw new Error('no second tree is there')
  return { repository, root, commit, second, restart }
}

async function secondOf(root: string): Promise<string | null> {
  const names = (await readdir(`${root}/.worktrees`)).filter((name) => name.startsWith('new-'))
  expect(names.length).toBeLessThan(2)
  return names[0] === undefined ? null : `${root}/.worktrees/${names[0]}`
}

function adminOf(root: string, tree: string): string {
  return `${root}/.git/worktrees/${basename(tree)}`
}

function treesBuilt(sidecar: Sidecar): number {
  return programsRun(sidecar).filter((words) => words === 'worktree add').length
}

test('the second tree of a killed process is used again: no file of it is written', async () => {
  const { repository, root, commit, second, restart } = await killed()
  const before = fingerprint(second)
  await using sidecar = restart()
  await untilReady(sidecar, commit)
  // Those that git wrote in the tick in which it wrote the index are written again.
  const same = fingerprint(second).filter((line) => before.includes(line))
  expect(same.length).toBeGreaterThan(30)
  const next = await follow(repository, { root, changes: { 'd0/3.txt': 'new\n' } })
  await expectServes(`${root}/site`, repository, next)
  await expectBrought(sidecar, [next])
  expect(treesBuilt(sidecar)).toBe(0)
  expect(errorsOf(sidecar)).toEqual([])
})

test('a commit that came while no process ran has a new tree, and the second one follows', async () => {
  const { repository, root, second, restart } = await killed()
  const missed = await repository.publish({ 'd0/3.txt': 'new\n', 'd1/1.txt': null })
  await using sidecar = restart()
  await untilReady(sidecar, missed)
  expect(contentOf(second)).toEqual(contentOf(`${root}/site`))
  const next = await follow(repository, { root, changes: { 'd0/3.txt': 'newer\n' } })
  await expectServes(`${root}/site`, repository, next)
  await expectBrought(sidecar, [next])
  expect(treesBuilt(sidecar)).toBe(1)
})

test('what was done to a second tree while no process ran is undone before it is served', async () => {
  const { repository, root, commit, second, restart } = await killed()
  await appendFile(`${second}/d0/0.txt`, 'x')
  await writeFile(`${second}/d0/left`, 'x')
  await chmod(`${second}/d1/1.txt`, 0o600)
  await rm(`${second}/d2`, { recursive: true })
  await using sidecar = restart()
  await untilReady(sidecar, commit)
  expect(contentOf(second)).toEqual(contentOf(`${root}/site`))
  const next = await follow(repository, { root, changes: { 'd0/3.txt': 'new\n' } })
  await expectServes(`${root}/site`, repository, next)
  await expectBrought(sidecar, [next])
})

for (const [what, { flags = [], harm }] of Object.entries<{
  readonly flags?: readonly string[]
  readonly harm?: (root: string, second: string) => Promise<unknown>
}>({
  'was written before the machine started': {
    harm: (root) => writeFile(`${root}/.git/sync-boot`, 'another\n'),
  },
  'was written nobody knows when': { harm: (root) => rm(`${root}/.git/sync-boot`) },
  'was made with other options': { flags: ['--group-write'] },
  'has lost its place in the repository': { harm: (_, second) => rm(`${second}/.git`) },
  'tells not what it was made with': {
    harm: (root, second) => rm(`${adminOf(root, second)}/sync-recipe`),
  },
  'has no index that was kept': {
    harm: async (root, second) => {
      const admin = adminOf(root, second)
      for (const name of await readdir(admin)) {
        if (name.startsWith('sync-index')) await rm(`${admin}/${name}`)
      }
    },
  },
})) {
  test(`a second tree that ${what} is not used again`, async () => {
    const { repository, root, commit, second, restart } = await killed()
    await harm?.(root, second)
    await using sidecar = restart(...flags)
    await untilReady(sidecar, commit)
    await until(() => !existsSync(second) || null)
    expect(await secondOf(root)).not.toBe(null)
    const next = await follow(repository, { root, changes: { 'd0/3.txt': 'new\n' } })
    await expectBrought(sidecar, [next])
    await until(async () => (await readdir(`${root}/.git/worktrees`)).length === 2 || null)
    expect(errorsOf(sidecar)).toEqual([])
  })
}

test('one sync alone, and one without --spare-worktree, leave no second tree', async () => {
  const one = await killed()
  await syncOnce({ repo: one.repository.url, root: one.root })
  expect(await readdir(`${one.root}/.worktrees`)).toEqual([one.commit])
  const other = await killed()
  await using sidecar = other.restart('--spare-worktree=false')
  await sidecar.line('already published')
  const alone = async () => (await readdir(`${other.root}/.worktrees`)).length === 1 || null
  await until(alone)
})

for (const [moment, pattern] of [
  ['begins a second tree', 'worktree'],
  ['writes the files of a second tree', 'reset'],
  ['brings a second tree to a commit', 'read-tree'],
  ['notes what it will publish', 'update-ref'],
] as const) {
  for (const when of ['before', 'after'] as const) {
    test(`killed while it ${moment}, ${when} git has done it, what is served next is whole`, async () => {
      await using repository = await createRepository({ files })
      const root = folder.at(crypto.randomUUID())
      const marks = folder.at(crypto.randomUUID())
      await mkdir(marks)
      const git = folder.at(`git-${crypto.randomUUID()}`)
      const hang = `touch ${marks}/began; exec sleep 60`
      const deed = when === 'before' ? hang : `git "$@"; ${hang}`
      const isOfBuild = /worktree|reset/.test(pattern)
      // The first tree is made as ever: the second one follows it too soon for anybody to say when.
      const act = isOfBuild ? `mkdir ${marks}/first 2>/dev/null || { ${deed}; }` : deed
      const script = `test -e ${marks}/go && case "$1" in ${pattern}) ${act};; esac\nexec git "$@"\n`
      await writeFile(git, `#!/bin/sh\n${script}`, { mode: 0o755 })
      const flags = [...quick, `--git=${git}`]
      if (isOfBuild) await writeFile(`${marks}/go`, '')
      const start = () => startGitSync({ repo: repository.url, root, flags })
      await using first = start()
      const commit = await repository.resolve()
      if (isOfBuild) await untilPublished(`${root}/site`, commit)
      else {
        await untilReady(first, commit)
        await writeFile(`${marks}/go`, '')
      }
      const changes = { 'd0/3.txt': 'new\n', 'd1/1.txt': null, 'd9/9.txt': 'new\n' }
      const next = await repository.publish(changes)
      await until(() => existsSync(`${marks}/began`) || null)
      killWithDescendants(first.pid)
      await first.stop('SIGKILL')
      await rm(`${marks}/go`)

      await using again = start()
      await untilReady(again, next)
      await expectServes(`${root}/site`, repository, next)
      const second = await secondOf(root)
      expect(contentOf(second ?? '')).toEqual(contentOf(`${root}/site`))
      const last = await follow(repository, { root, changes: { 'd0/3.txt': 'newer\n' } })
      await expectServes(`${root}/site`, repository, last)
      await expectBrought(again, [last])
      expect(errorsOf(again)).toEqual([])
    })
  }
}

test('a second tree is used again with its submodules', async () => {
  await using sub = await createRepository({ files: { a: '1\n', b: '1\n' } })
  await using repository = await createRepository({ files })
  const links = async () => ({ 'deep/sub': { url: sub.url, commit: await sub.resolve() } })
  const first = await publishLinks(repository, await links())
  const root = folder.at('submodules')
  const start = () => startGitSync({ repo: repository.url, root, flags: [...quick, fromPaths] })
  await using before = start()
  await untilReady(before, first)
  await before.stop('SIGKILL')
  const second = await secondOf(root)
  await writeFile(`${second}/deep/sub/a`, '2\n')
  await using sidecar = start()
  await untilReady(sidecar, first)
  expect(contentOf(second ?? '')).toEqual(contentOf(`${root}/site`))
  await sub.publish({ b: '2\n' })
  const next = await publishLinks(repository, await links())
  await untilPublished(`${root}/site`, next)
  expect(await Bun.file(`${root}/site/deep/sub/b`).text()).toBe('2\n')
  await expectBrought(sidecar, [next])
  expect(treesBuilt(sidecar)).toBe(0)
})
