import { chmod, lstat, mkdir, rm, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Repository } from '#test/fixtures/repository.ts'

/** Numbers from 0 to 1. */
export type Random = () => number

/** One of them, each as likely. */
export function oneOf<T>(random: Random, all: readonly [T, ...T[]]): T {
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
  const mark = random() < 0.2 ? '$Id$ ' : ''
  return `${mark}${Math.floor(random() * 1e6)}${end}`.repeat(Math.floor(random() * 40))
}

type Change = (work: string, random: Random) => Promise<void>

const attributes = [
  '*.txt text eol=crlf\n',
  '* -text\n',
  '* text=auto\n',
  '*.txt ident\n',
  '*.txt text working-tree-encoding=UTF-16LE\n',
] as const

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

/** Once in a while line ends or encodings change for files that nobody touches. */
async function changeAttributes(work: string, random: Random): Promise<void> {
  const path = await free(work, oneOf(random, ['.gitattributes', 'docs/.gitattributes']))
  if (random() < 0.8) await writeFile(path, oneOf(random, attributes))
}

/** Changes some files of a clone, as people do. */
export async function changeFiles(work: string, random: Random): Promise<void> {
  // Its own files are what is committed, whatever other trees have.
  await writeFile(join(work, '.git/info/attributes'), '* !working-tree-encoding\n')
  const count = 1 + Math.floor(random() * 5)
  for (let number = 0; number < count; number++) await oneOf(random, changes)(work, random)
  if (random() < 0.12) await changeAttributes(work, random)
}

/** As if what came after it had never been. */
export async function goBack(repository: Repository, commit: string): Promise<string> {
  await repository.git('reset', '--hard', '--quiet', commit)
  await repository.push({ force: true })
  return commit
}
