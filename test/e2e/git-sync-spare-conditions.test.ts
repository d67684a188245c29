import { expect, setDefaultTimeout, test } from 'bun:test'
import { existsSync, lstatSync } from 'node:fs'
import { appendFile, readdir, writeFile } from 'node:fs/promises'
import { createRepository } from '#test/fixtures/repository.ts'
import { temporaryFolder } from '#test/fixtures/temp.ts'
import { until } from '#test/fixtures/until.ts'
import {
  errorsOf,
  expectServes,
  fingerprint,
  inTree,
  pathsBelow,
  startGitSync,
  untilPublished,
} from './git-sync-run.ts'
import { brought, expectBrought, follow, programsRun, quick, untilReady } from './spare-run.ts'

setDefaultTimeout(60_000)

for (const [what, changes] of [
  ['attributes that change line ends', { 'deep/.gitattributes': '*.txt text eol=crlf\n' }],
  ['a list of submodules', { '.gitmodules': '' }],
] as const) {
  test(`a commit with ${what} gets a new tree, and the next one a second tree again`, async () => {
    const files = { 'deep/a.txt': 'a\n', b: 'b\n' }
    await using repository = await createRepository({ files })
    await using folder = temporaryFolder('spare')
    const root = folder.at('root')
    await using sidecar = startGitSync({ repo: repository.url, root, flags: quick })
    await untilReady(sidecar, await repository.resolve())
    const commit = await follow(repository, { root, changes })
    await expectBrought(sidecar, [])
    await untilReady(sidecar, commit)
    const next = await follow(repository, { root, changes: { b: 'c\n' } })
    await expectBrought(sidecar, [next])
  })
}

test('a tree in which a hook runs is not used again before the hook has ended', async () => {
  await using repository = await createRepository({ files: { a: '1\n' } })
  await using folder = temporaryFolder('spare')
  const root = folder.at('root')
  const hook = folder.at('hook')
  const go = folder.at('go')
  const wait = `while test ! -e ${go}; do sleep 0.02; done`
  await writeFile(hook, `#!/bin/sh\ngrep -q 2 a && { ${wait}; cat a >>${folder.at('seen')}; }\n:\n`)
  await Bun.$`chmod +x ${hook}`.quiet()
  const flags = [...quick, `--exechook-command=${hook}`, '--exechook-timeout=20s']
  await using sidecar = startGitSync({ repo: repository.url, root, flags })
  await untilReady(sidecar, await repository.resolve())
  const second = await follow(repository, { root, changes: { a: '2\n' } })
  await untilReady(sidecar, second)
  const third = await follow(repository, { root, changes: { a: '3\n' } })
  const fourth = await follow(repository, { root, changes: { a: '4\n' } })
  expect(existsSync(`${root}/.worktrees/${second}/a`)).toBe(true)
  await appendFile(go, '')
  await untilReady(sidecar, fourth)
  expect(await Bun.file(folder.at('seen')).text()).toBe('2\n')
  await expectBrought(sidecar, [second, third])
})

test('a second tree has the files that the patterns want, and other patterns make new trees', async () => {
  const files = { top: '1\n', 'in/a': '1\n', 'in/b': '1\n', 'out/a': '1\n' }
  await using repository = await createRepository({ files })
  await using folder = temporaryFolder('spare')
  const root = folder.at('root')
  const patterns = folder.at('patterns')
  await writeFile(patterns, '/in/\n')
  const flags = [...quick, `--sparse-checkout-file=${patterns}`]
  await using sidecar = startGitSync({ repo: repository.url, root, flags })
  await untilReady(sidecar, await repository.resolve())
  const changes = { 'in/a': '2\n', 'in/b': null, 'in/c': '2\n', 'out/a': '2\n', 'out/b': '2\n' }
  const second = await follow(repository, { root, changes })
  const filesNow = () => pathsBelow(`${root}/site`).sort()
  expect(filesNow()).toEqual(['in/a', 'in/c', 'top'])
  await untilReady(sidecar, second)
  const third = await follow(repository, { root, changes: { 'in/d': '3\n', 'out/a': null } })
  expect(filesNow()).toEqual(['in/a', 'in/c', 'in/d', 'top'])
  await expectBrought(sidecar, [second, third])
  await untilReady(sidecar, third)
  await writeFile(patterns, '/out/\n')
  await until(() => filesNow().includes('out/b') || null)
  expect(filesNow()).toEqual(['out/b', 'top'])
  const fourth = await follow(repository, { root, changes: { 'out/b': '4\n', 'in/a': '4\n' } })
  expect(filesNow()).toEqual(['out/b', 'top'])
  expect(await Bun.file(`${root}/site/out/b`).text()).toBe('4\n')
  expect(await inTree(`${root}/site`, repository, 'status', '--porcelain')).toBe('')
  expect(fourth).toBe(await repository.resolve())
})

test('a pattern for a folder means no file that takes its place in a second tree', async () => {
  await using repository = await createRepository({ files: { 'in/a': '1\n', x: '1\n' } })
  await using folder = temporaryFolder('spare')
  const root = folder.at('root')
  const patterns = folder.at('patterns')
  await writeFile(patterns, 'in/\n')
  const flags = [...quick, `--sparse-checkout-file=${patterns}`]
  await using sidecar = startGitSync({ repo: repository.url, root, flags })
  let commit = await repository.resolve()
  const commits: string[] = []
  const steps = [
    [{ in: 'a file\n' }, []],
    [{ in: 'another\n' }, []],
    [{ in: null, 'in/b': '2\n' }, ['in/b']],
  ] as const
  for (const [changes, expected] of steps) {
    await untilReady(sidecar, commit)
    commit = await follow(repository, { root, changes })
    commits.push(commit)
    expect(pathsBelow(`${root}/site`)).toEqual([...expected])
  }
  await expectBrought(sidecar, commits)
})

test('a second tree gets what a filter left out', async () => {
  await using repository = await createRepository({ files: { a: '1\n', b: '1\n' } })
  await repository.git('--git-dir', repository.path, 'config', 'uploadpack.allowFilter', 'true')
  await using folder = temporaryFolder('spare')
  const root = folder.at('root')
  const flags = [...quick, '--filter=blob:none']
  await using sidecar = startGitSync({ repo: repository.url, root, flags })
  await untilReady(sidecar, await repository.resolve())
  const second = await follow(repository, { root, changes: { a: '2\n' } })
  await expectServes(`${root}/site`, repository, second)
  await untilReady(sidecar, second)
  const third = await follow(repository, { root, changes: { b: '3\n', c: '3\n' } })
  await expectServes(`${root}/site`, repository, third)
  await expectBrought(sidecar, [second, third])
  expect(errorsOf(sidecar)).toEqual([])
})

test('a commit that only adds the submodule of a list gets a new tree', async () => {
  await using inner = await createRepository({ files: { inside: '1\n' } })
  const list = `[submodule "sub"]\n\tpath = sub\n\turl = ${inner.url}\n`
  await using repository = await createRepository({ files: { a: '1\n', '.gitmodules': list } })
  await using folder = temporaryFolder('spare')
  const root = folder.at('root')
  const flags = [...quick, '--git-config=protocol.file.allow:always']
  await using sidecar = startGitSync({ repo: repository.url, root, flags })
  await untilReady(sidecar, await repository.resolve())
  await repository.git('clone', '--quiet', inner.url, 'sub')
  await follow(repository, { root, changes: {} })
  expect(await Bun.file(`${root}/site/sub/inside`).text()).toBe('1\n')
  await expectBrought(sidecar, [])
})

test('a file that gets an earlier content back is never older than what it had between', async () => {
  await using repository = await createRepository({ files: { a: '1\n' } })
  await using folder = temporaryFolder('spare')
  const root = folder.at('root')
  await using sidecar = startGitSync({ repo: repository.url, root, flags: quick })
  let commit = await repository.resolve()
  const times: bigint[] = []
  for (const text of ['2\n', '1\n', '2\n', '1\n']) {
    await untilReady(sidecar, commit)
    commit = await follow(repository, { root, changes: { a: text } })
    times.push(lstatSync(`${root}/site/a`, { bigint: true }).mtimeNs)
  }
  await until(() => brought(sidecar).length === 4 || null)
  expect(new Set(times).size).toBe(4)
  expect(times.toSorted((one, other) => Number(one - other))).toEqual(times)
})

for (const setting of ['filter.stamp.smudge:cat', 'core.attributesFile:/nowhere']) {
  test(`with --git-config=${setting} each commit has a new tree`, async () => {
    await using repository = await createRepository({ files: { a: '1\n' } })
    await using folder = temporaryFolder('spare')
    const root = folder.at('root')
    const flags = [...quick, `--git-config=${setting}`]
    await using sidecar = startGitSync({ repo: repository.url, root, flags })
    await untilPublished(`${root}/site`, await repository.resolve())
    const second = await follow(repository, { root, changes: { a: '2\n' } })
    const alone = async () => (await readdir(`${root}/.worktrees`)).join() === second || null
    await until(alone)
    await expectBrought(sidecar, [])
  })
}

test('who runs git in a tree changes nothing of the next ones', async () => {
  await using repository = await createRepository({ files: { a: '1\n', b: '1\n' } })
  await using folder = temporaryFolder('spare')
  const root = folder.at('root')
  const site = `${root}/site`
  await using sidecar = startGitSync({ repo: repository.url, root, flags: quick })
  const first = await repository.resolve()
  await untilReady(sidecar, first)
  await writeFile(`${site}/a`, 'staged\n')
  await inTree(site, repository, 'rm', '-f', '--quiet', 'b')
  await inTree(site, repository, 'add', '--all')
  const second = await follow(repository, { root, changes: { a: '2\n' } })
  await untilReady(sidecar, second)
  const third = await follow(repository, { root, changes: { a: '3\n' } })
  await expectServes(site, repository, third)
  expect(await inTree(site, repository, 'status', '--porcelain')).toBe('')
  await expectBrought(sidecar, [second, third])
  // What was done to the index is undone: else it would be no tree to bring anywhere.
  const built = programsRun(sidecar).filter((words) => words === 'worktree add')
  expect(built).toHaveLength(2)
})

test('a tree that somebody made the one that is served is not used again', async () => {
  await using repository = await createRepository({ files: { a: '1\n' } })
  await using folder = temporaryFolder('spare')
  const root = folder.at('root')
  const site = `${root}/site`
  const flags = [...quick, '--spare-grace=1s']
  await using sidecar = startGitSync({ repo: repository.url, root, flags })
  const first = await repository.resolve()
  await untilReady(sidecar, first)
  const second = await follow(repository, { root, changes: { a: '2\n' } })
  const old = `${root}/.worktrees/${first}`
  await writeFile(`${old}/.git`, await Bun.file(`${site}/.git`).text())
  const before = fingerprint(`${site}/`)
  await until(() => !existsSync(old) || null)
  await untilReady(sidecar, second)
  expect(await inTree(site, repository, 'rev-parse', 'HEAD')).toBe(`${second}\n`)
  expect(fingerprint(`${site}/`)).toEqual(before)
  expect(await inTree(site, repository, 'status', '--porcelain')).toBe('')
})

test('a commit does not wait for a second tree that is being made', async () => {
  await using repository = await createRepository({ files: { a: '1\n' } })
  await using folder = temporaryFolder('spare')
  const root = folder.at('root')
  const [git, first, second] = [folder.at('git'), folder.at('first'), folder.at('second')]
  const hang = `mkdir ${first} 2>&- || { mkdir ${second} 2>&- && sleep 300; }`
  const script = `case "$1 $2" in "worktree add") ${hang};; esac\nexec git "$@"\n`
  await writeFile(git, `#!/bin/sh\n${script}`, { mode: 0o755 })
  const flags = [...quick, `--git=${git}`]
  await using sidecar = startGitSync({ repo: repository.url, root, flags })
  await untilPublished(`${root}/site`, await repository.resolve())
  await until(() => existsSync(second) || null)
  const commit = await follow(repository, { root, changes: { a: '2\n' } })
  await expectServes(`${root}/site`, repository, commit)
  await untilReady(sidecar, commit)
  expect(await readdir(`${root}/.worktrees`)).toHaveLength(2)
  expect(errorsOf(sidecar)).toEqual([])
})
