import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import {
  appendFile,
  chmod,
  link,
  lstat,
  mkdir,
  readFile,
  rename,
  rm,
  symlink,
  unlink,
  utimes,
  writeFile,
} from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { runChild } from '#test/fixtures/child.ts'
import type { Repository } from '#test/fixtures/repository.ts'

/** Everything in a checkout, also its folders: path to mode and content. */
export function wholeOf(top: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  const visit = (path: string): void => {
    const full = join(top, path)
    const stat = lstatSync(full)
    const mode = stat.mode.toString(8)
    if (stat.isDirectory()) {
      found.set(path, mode)
      for (const name of readdirSync(full)) if (join(path, name) !== '.git') visit(join(path, name))
    } else if (stat.isSymbolicLink()) found.set(path, `${mode} ${readlinkSync(full)}`)
    else found.set(path, `${mode} ${readFileSync(full, 'latin1')}`)
  }
  visit('')
  return found
}

/** What a git that knows nothing of ours checks out of a commit. */
export async function freshCheckout(
  repository: Repository,
  { commit, at }: { readonly commit: string; readonly at: string },
): Promise<ReadonlyMap<string, string>> {
  const git = (...args: readonly string[]) => repository.git('--git-dir', repository.path, ...args)
  await git('worktree', 'add', '--quiet', '--force', '--detach', at, commit)
  const found = wholeOf(at)
  await git('worktree', 'remove', '--force', at)
  return found
}

type Random = () => number

function oneOf<T>(random: Random, all: readonly [T, ...T[]]): T {
  return all[Math.floor(random() * all.length)] ?? all[0]
}

/** Some are files at one time and folders at another; some differ by case alone. */
const names = [
  ...['a', 'a-b', 'A', 'b', 'b/c', 'b/C', 'b/c/d', 'b/c/d/e', 'readme', 'README', 'docs/one.txt'],
  ...['docs/two.txt', 'docs/deep/three.txt', 'docs/deep/er/four.txt', 'lines.txt', '-dash'],
  ...['with space', 'ümläut/日本', 'new\nline', '"quoted"', 'a/.gitignore', '.gitignore', 'docs'],
] as unknown as readonly [string, ...string[]]

/** Makes a path in `work` free: what stands there or on the way to it goes. Follows no link. */
async function free(work: string, name: string): Promise<string> {
  let path = work
  for (const part of dirname(name).split('/')) {
    path = join(path, part)
    if (!(await lstat(path).catch(() => null))?.isDirectory()) {
      await rm(path, { force: true })
      await mkdir(path)
    }
  }
  const free = join(work, name)
  await rm(free, { recursive: true, force: true })
  return free
}

function text(random: Random): string {
  const end = oneOf(random, ['\n', '\r\n', '\n\n'])
  return `${Math.floor(random() * 1e6)}${end}`.repeat(Math.floor(random() * 40))
}

type Change = (work: string, random: Random) => Promise<void>

const attributes = ['*.txt text eol=crlf\n', '* -text\n', '* text=auto\n', '*.txt ident\n'] as const

/** What people do to the files of a repository. */
const changes: readonly [Change, ...Change[]] = [
  async (work, random) => writeFile(await free(work, oneOf(random, names)), text(random)),
  async (work, random) => writeFile(await free(work, oneOf(random, names)), text(random)),
  async (work, random) =>
    writeFile(await free(work, oneOf(random, names)), '#!/bin/sh\n', { mode: 0o755 }),
  async (work, random) =>
    symlink(
      oneOf(random, ['docs', '/proc/nowhere', '../..', 'readme']),
      await free(work, oneOf(random, names)),
    ),
  async (work, random) => {
    await free(work, oneOf(random, names))
  },
  async (work, random) => {
    const path = join(work, oneOf(random, ['a', 'A', 'b', 'readme', 'README', 'lines.txt']))
    const found = await lstat(path).catch(() => null)
    if (found?.isFile()) await chmod(path, found.mode & 0o100 ? 0o644 : 0o755)
  },
  async (work, random) => {
    if (random() < 0.4) await free(work, 'many')
    for (let number = 0; number < 300; number++) {
      if (random() < 0.5) await writeFile(await free(work, `many/${number}.txt`), text(random))
    }
  },
]

/** Once in a while line ends change for files that nobody touches. */
async function changeAttributes(work: string, random: Random): Promise<void> {
  const path = await free(work, oneOf(random, ['.gitattributes', 'docs/.gitattributes']))
  if (random() < 0.8) await writeFile(path, oneOf(random, attributes))
}

/** Commits something new, or goes back to an earlier commit; gives the hash. */
export async function nextCommit(
  repository: Repository,
  { random, earlier }: { readonly random: Random; readonly earlier: readonly string[] },
): Promise<string> {
  const { work } = repository
  if (random() < 0.1 && earlier.length > 3) {
    await repository.git('reset', '--hard', '--quiet', oneOf(random, [...earlier] as [string]))
    await repository.push({ force: true })
    return repository.git('rev-parse', 'HEAD')
  }
  const count = 1 + Math.floor(random() * 5)
  for (let number = 0; number < count; number++) await oneOf(random, changes)(work, random)
  if (random() < 0.12) await changeAttributes(work, random)
  const commit = await repository.commit({})
  await repository.push({ force: true })
  return commit
}

type Harm = (site: string, file: string) => Promise<void>

/** What hooks and consumers leave in a tree, or do to it. */
const harms: readonly [Harm, ...Harm[]] = [
  (site) => writeFile(join(site, 'untracked'), 'x'),
  async (site) => {
    await mkdir(join(site, 'cache/deep'), { recursive: true })
    await writeFile(join(site, 'cache/deep/x'), 'x', { mode: 0o400 })
  },
  async (site) => {
    await mkdir(join(site, 'nested'), { recursive: true })
    await runChild(['git', '-C', join(site, 'nested'), 'init', '--quiet'])
    await writeFile(join(site, 'nested/file'), 'x')
  },
  (_, file) => appendFile(file, 'more'),
  async (_, file) => {
    // As long and as old as before.
    const { size, atime, mtime } = await lstat(file)
    await writeFile(file, 'y'.repeat(size))
    await utimes(file, atime, mtime)
  },
  (_, file) => chmod(file, 0o600),
  (_, file) => chmod(file, 0o777),
  (_, file) => unlink(file),
  (site, file) => link(file, join(site, 'linked')).catch(() => {}),
  async (_, file) => {
    await unlink(file)
    await mkdir(join(file, 'folder'), { recursive: true })
  },
  async (_, file) => {
    const content = await readFile(file)
    await writeFile(`${file}.other`, content)
    await rename(`${file}.other`, file)
  },
  (site) => chmod(site, 0o700),
  (_, file) => chmod(dirname(file), 0o711),
  async (site, file) => {
    await writeFile(file, 'staged')
    await runChild(['git', '-C', site, '-c', 'safe.directory=*', 'add', '--all'])
  },
  async (site, file) => {
    await chmod(file, 0o640)
    await runChild(['git', '-C', site, '-c', 'safe.directory=*', 'status'])
  },
  (site) => writeFile(join(site, '.git/../.gitignore'), '*\n').catch(() => {}),
]

/** Does some of it to the tree that is served. */
export async function harm(site: string, random: Random): Promise<void> {
  const files = [...wholeOf(site)]
    .filter(([, content]) => content.startsWith('100'))
    .map(([path]) => join(site, path))
  const count = Math.floor(random() * 4)
  for (let number = 0; number < count; number++) {
    const file = oneOf(random, [files[0] ?? site, ...files])
    await oneOf(random, harms)(site, file).catch(() => {})
  }
}
