import { expect, setDefaultTimeout, test } from 'bun:test'
import { existsSync, lstatSync } from 'node:fs'
import { appendFile, mkdir, readdir, readlink, rm, writeFile } from 'node:fs/promises'
import { codeOf } from '#kit/files.ts'
import { startChild } from '#test/fixtures/child.ts'
import { needs } from '#test/fixtures/needs.ts'
import { createRepository, type Repository } from '#test/fixtures/repository.ts'
import type { Sidecar } from '#test/fixtures/sidecar.ts'
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
import { freshCheckout, wholeOf } from './spare-history.ts'

setDefaultTimeout(60_000)

const manyFiles = Object.fromEntries(
  Array.from({ length: 1000 }, (_, number) => [`d${number % 20}/${number}.txt`, `${number}\n`]),
)

const quick = ['--spare-grace=100ms', '--verbose=5', '--git-gc=off', '--period=20ms'] as const

/** Waits until there is a second tree of the commit. */
function untilReady(sidecar: Sidecar, commit: string): Promise<true> {
  const ready = () =>
    sidecar.log().some((line) => line.msg === 'a second tree is ready' && line.commit === commit) ||
    null
  return until(ready, { what: `a second tree of ${commit}` })
}

/** Commits for which no new tree was made. */
function brought(sidecar: Sidecar): readonly unknown[] {
  return sidecar
    .log()
    .filter((line) => line.msg === 'brought the second tree to the commit')
    .map((line) => line.commit)
}

/** For these commits no new tree was made, and for no others. The log may come a moment later. */
async function expectBrought(sidecar: Sidecar, commits: readonly string[]): Promise<void> {
  const all = () => brought(sidecar).length >= commits.length || null
  await until(all).catch(() => {})
  const why = sidecar.log().flatMap(({ msg, why }) => (why === undefined ? [] : `${msg}: ${why}`))
  expect(brought(sidecar), why.join('\n')).toEqual(commits)
}

/** Publishes a change and waits until it is served; tells its commit. */
async function follow(
  repository: Repository,
  { root, changes }: { readonly root: string; readonly changes: Record<string, string | null> },
): Promise<string> {
  const commit = await repository.publish(changes)
  await untilPublished(`${root}/site`, commit)
  return commit
}

function inodes(root: string): ReadonlyMap<string, number> {
  return new Map(
    Object.keys(manyFiles).map((path) => [path, lstatSync(`${root}/site/${path}`).ino]),
  )
}

needs('strace').test(
  'the next commit is written into a second tree by what changed alone',
  async () => {
    await using repository = await createRepository({ files: manyFiles })
    await using folder = temporaryFolder('spare')
    const root = folder.at('root')
    const calls = folder.at('calls')
    await mkdir(calls)
    // Each git writes down what it opens, makes, renames and asks of files.
    const git = folder.at('git')
    const trace = `strace -f -qq -e trace=file -o ${calls}/$$`
    await writeFile(git, `#!/bin/sh\nexec ${trace} git "$@"\n`, { mode: 0o755 })
    const flags = [...quick, `--git=${git}`]
    await using sidecar = startGitSync({ repo: repository.url, root, flags })
    const first = await repository.resolve()
    await untilPublished(`${root}/site`, first)
    await untilReady(sidecar, first)

    // Git compares again what is as new as its index, to the second: new trees do not count.
    const before = inodes(root)
    const rounds: string[] = []
    for (const text of ['one\n', 'two\n', 'three\n']) {
      await Bun.sleep(1100)
      rounds.push(await follow(repository, { root, changes: { 'd3/3.txt': text } }))
      await untilReady(sidecar, rounds.at(-1) ?? '')
    }
    await Bun.sleep(1100)
    await rm(calls, { recursive: true })
    await mkdir(calls)
    const ran = programsRun(sidecar)
    const last = await follow(repository, {
      root,
      changes: { 'd4/4.txt': 'new\n', 'x/y': 'new\n' },
    })
    await untilReady(sidecar, last)

    await expectServes(`${root}/site`, repository, last)
    await expectBrought(sidecar, [...rounds, last])
    const now = inodes(root)
    const kept = [...before].filter(([path, inode]) => now.get(path) === inode)
    // Those that git wrote in the last tick of its clock are written again.
    expect(kept.length).toBeGreaterThan(500)
    // Beside the question whether there is a new commit, and what cleaning does.
    const known = /^(fetch|rev-parse|diff-tree|read-tree|update-ref|worktree add|checkout)\b/
    const programs = programsRun(sidecar)
      .slice(ran.length)
      .flatMap((words) => known.exec(words)?.[1] ?? [])
    const inPass = ['fetch', 'rev-parse', 'diff-tree', 'read-tree', 'update-ref']
    expect(programs).toEqual([...inPass, 'diff-tree', 'read-tree'])
    const asked = await linesIn(calls)
    const onFiles = asked.filter((line) => /\bd\d+\/\d+\.txt\b/.test(line))
    expect(onFiles.length).toBeGreaterThan(0)
    expect(onFiles.length).toBeLessThan(40)
    // What git knows of places is so.
    for (const name of await readdir(`${root}/.git/worktrees`)) {
      const gitdir = await Bun.file(`${root}/.git/worktrees/${name}/gitdir`).text()
      expect(existsSync(gitdir.trim())).toBe(true)
    }
    expect(errorsOf(sidecar)).toEqual([])
  },
)

/** The commands that git was run with. */
function programsRun(sidecar: Sidecar): readonly string[] {
  return sidecar
    .log()
    .filter((line) => line.msg === 'ran git')
    .map(({ args }) => (Array.isArray(args) ? args.slice(0, 2).join(' ') : ''))
}

/** Not of one that looks at all files of a tree that is cleaned. */
function isOfPass(trace: string): boolean {
  return !/^\d* *execve\([^\n]*"reset"/.test(trace)
}

async function linesIn(folder: string): Promise<readonly string[]> {
  const texts = (await readdir(folder)).map((name) => Bun.file(`${folder}/${name}`).text())
  return (await Promise.all(texts)).filter(isOfPass).flatMap((text) => text.split('\n'))
}

test('a tree stays for its readers as long as --spare-grace says, then its name is gone', async () => {
  await using repository = await createRepository({ files: manyFiles })
  await using folder = temporaryFolder('spare')
  const root = folder.at('root')
  const site = `${root}/site`
  const flags = [...quick, '--spare-grace=10s']
  await using sidecar = startGitSync({ repo: repository.url, root, flags })
  const first = await repository.resolve()
  await untilPublished(site, first)
  await untilReady(sidecar, first)
  const old = `${root}/.worktrees/${first}`

  // One works in the folder, one has it open, one is in the middle of an archive when the link flips.
  const flipped = folder.at('flipped')
  const wait = `while test ! -e ${flipped}; do sleep 0.01; done`
  const archive = folder.at('old.tar')
  await using within = startSh(`cat d3/3.txt; ${wait}; cat d3/3.txt; ls d3 | wc -l`, site)
  await using opened = startSh(`exec 3<.; cd /; ${wait}; cat /proc/self/fd/3/d3/3.txt`, site)
  await using packer = startSh(
    `tar -cf - . | { head -c 100000 >${archive}; echo half; ${wait}; cat >>${archive}; }`,
    site,
  )
  await within.line('3')
  await packer.line('half')
  const commit = await follow(repository, {
    root,
    changes: { 'd3/3.txt': 'new\n', 'd3/23.txt': null },
  })
  // With the default, or without a grace, it would have gone by now.
  await Bun.sleep(6000)
  await writeFile(flipped, '')
  for (const reader of [within, opened, packer]) expect(await reader.exited).toBe(0)
  expect(within.stdout.map((line) => line.trim())).toEqual(['3', '3', '50'])
  expect(opened.stdout).toEqual(['3'])
  await Bun.$`mkdir ${folder.at('packed')} && tar -xf ${archive} -C ${folder.at('packed')}`.quiet()
  const packed = wholeOf(folder.at('packed'))
  expect(packed).toEqual(await freshCheckout(repository, { commit: first, at: folder.at('new') }))
  await expectBrought(sidecar, [commit])

  // As long as it has the name it is that commit.
  let wrong = 0
  while (existsSync(old)) {
    const text = await Bun.file(`${old}/d3/3.txt`).text().catch(codeOf)
    if (text !== '3\n' && text !== 'ENOENT') wrong++
    await Bun.sleep(1)
  }
  expect(wrong).toBe(0)
  await untilReady(sidecar, commit)
  expect(await readdir(`${root}/.worktrees`)).toHaveLength(2)
})

function startSh(script: string, cwd: string) {
  return startChild(['sh', '-c', script], { cwd })
}

test('without --spare-worktree each commit has a new tree, and one is there', async () => {
  await using repository = await createRepository({ files: manyFiles })
  await using folder = temporaryFolder('spare')
  const root = folder.at('root')
  const flags = [...quick, '--spare-worktree=false']
  await using sidecar = startGitSync({ repo: repository.url, root, flags })
  await untilPublished(`${root}/site`, await repository.resolve())
  const before = inodes(root)
  const commit = await follow(repository, { root, changes: { 'd3/3.txt': 'new\n' } })
  const changed = [...inodes(root)].filter(([path, inode]) => before.get(path) !== inode)
  expect(changed).toHaveLength(1000)
  const alone = async () => (await readdir(`${root}/.worktrees`)).length === 1 || null
  await until(alone)
  expect(await readlink(`${root}/site`)).toBe(`.worktrees/${commit}`)
  await expectBrought(sidecar, [])
})

test('what is left of a second tree when the process is killed goes at the next start', async () => {
  await using repository = await createRepository({ files: manyFiles })
  await using folder = temporaryFolder('spare')
  const root = folder.at('root')
  const first = await repository.resolve()
  await using killed = startGitSync({ repo: repository.url, root, flags: quick })
  await untilPublished(`${root}/site`, first)
  await untilReady(killed, first)
  const trees = await readdir(`${root}/.worktrees`)
  await killed.stop('SIGKILL')
  await using sidecar = startGitSync({ repo: repository.url, root, flags: quick })
  await untilReady(sidecar, first)
  const now = await readdir(`${root}/.worktrees`)
  expect(now).toHaveLength(2)
  expect(now.filter((name) => trees.includes(name))).toEqual([first])
  expect(await readdir(`${root}/.git/worktrees`)).toHaveLength(2)
  const commit = await follow(repository, { root, changes: { 'd3/3.txt': 'new\n' } })
  await expectBrought(sidecar, [commit])
  await expectServes(`${root}/site`, repository, commit)
})

test('a cleaning of the repository keeps the second tree and its objects', async () => {
  await using repository = await createRepository({ files: manyFiles })
  await using folder = temporaryFolder('spare')
  const root = folder.at('root')
  const flags = quick.filter((flag) => flag !== '--git-gc=off')
  await using sidecar = startGitSync({ repo: repository.url, root, flags })
  await untilPublished(`${root}/site`, await repository.resolve())
  for (const text of ['one\n', 'two\n', 'three\n']) {
    await untilReady(sidecar, await repository.resolve())
    const cleaned = () => programsRun(sidecar).filter((words) => words.startsWith('gc ')).length
    const before = cleaned()
    const commit = await follow(repository, { root, changes: { 'd3/3.txt': text } })
    await until(() => cleaned() > before || null)
    await until(() => brought(sidecar).includes(commit) || null)
    await expectServes(`${root}/site`, repository, commit)
  }
  const listed = await repository.git('--git-dir', `${root}/.git`, 'worktree', 'list')
  expect(listed.split('\n').filter((line) => line.includes('.worktrees/'))).toHaveLength(2)
  await repository.git('--git-dir', `${root}/.git`, 'fsck', '--connectivity-only')
  expect(errorsOf(sidecar)).toEqual([])
})

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

test('a commit with a submodule gets a new tree, and no second one is made of it', async () => {
  await using inner = await createRepository({ files: { inside: '1\n' } })
  await using repository = await createRepository({ files: { a: '1\n' } })
  await using folder = temporaryFolder('spare')
  const root = folder.at('root')
  const flags = [...quick, '--git-config=protocol.file.allow:always']
  await using sidecar = startGitSync({ repo: repository.url, root, flags })
  await untilReady(sidecar, await repository.resolve())
  await repository.git('submodule', 'add', '--quiet', inner.url, 'sub')
  const second = await follow(repository, { root, changes: {} })
  expect(await Bun.file(`${root}/site/sub/inside`).text()).toBe('1\n')
  const third = await follow(repository, { root, changes: { a: '2\n' } })
  const alone = async () => (await readdir(`${root}/.worktrees`)).length === 1 || null
  await until(alone)
  expect(await Bun.file(`${root}/site/sub/inside`).text()).toBe('1\n')
  await repository.git('rm', '--quiet', 'sub')
  const fourth = await follow(repository, { root, changes: { a: '3\n' } })
  await untilReady(sidecar, fourth)
  await expectBrought(sidecar, [])
  const fifth = await follow(repository, { root, changes: { a: '4\n' } })
  await expectBrought(sidecar, [fifth])
  expect([second, third]).not.toContain(fourth)
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
