import { expect, setDefaultTimeout, test } from 'bun:test'
import { existsSync } from 'node:fs'
import { mkdir, readdir, readlink, rm, writeFile } from 'node:fs/promises'
import { codeOf } from '#kit/files.ts'
import { startChild } from '#test/fixtures/child.ts'
import { needs } from '#test/fixtures/needs.ts'
import { createRepository } from '#test/fixtures/repository.ts'
import { temporaryFolder } from '#test/fixtures/temp.ts'
import { until } from '#test/fixtures/until.ts'
import { errorsOf, expectServes, startGitSync, untilPublished } from './git-sync-run.ts'
import { freshCheckout, wholeOf } from './spare-checkout.ts'
import {
  brought,
  expectBrought,
  follow,
  inodes,
  manyFiles,
  programsRun,
  quick,
  untilReady,
} from './spare-run.ts'

setDefaultTimeout(60_000)

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

test('a cleaning of the repository keeps the second tree and its objects', async () => {
  await using repository = await createRepository({ files: manyFiles })
  await using folder = temporaryFolder('spare')
  const root = folder.at('root')
  // git's own cleaning, of whatever there is
  const own = ['--git-gc=auto', '--git-config=gc.autoPackLimit:1']
  const flags = [...quick.filter((flag) => flag !== '--git-gc=off'), ...own]
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
