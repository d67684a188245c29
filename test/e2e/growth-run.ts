import { randomBytes } from 'node:crypto'
import { existsSync, lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { runChild } from '#test/fixtures/child.ts'
import { createRepository, type Repository } from '#test/fixtures/repository.ts'

const filesCount = 30
const fileBytes = 4000

/** Content that no packing makes smaller. */
export function incompressible(bytes = fileBytes): string {
  return randomBytes((bytes * 3) / 4).toString('base64')
}

/** A repository of some files, with commits ahead that each change one of them. */
export interface Growing extends AsyncDisposable {
  readonly repository: Repository
  readonly first: string
  /** In their order, none of them pushed. */
  readonly ahead: readonly string[]
  /** As a push would do it, at once and without a program. */
  push(commit: string): Promise<void>
}

export async function createGrowing(count: number): Promise<Growing> {
  const files = Array.from({ length: filesCount }, (_, number) => `d${number % 6}/${number}`)
  const repository = await createRepository({
    files: Object.fromEntries(files.map((file) => [file, incompressible()])),
  })
  const first = await repository.resolve()
  const history = Array.from({ length: count }, (_, number) => {
    const content = incompressible()
    return [
      `commit refs/ahead\ncommitter A <a@example.com> ${1_800_000_000 + number} +0000`,
      `data 1\n.\n${number === 0 ? `from ${first}\n` : ''}M 100644 inline ${files[number % 3]}`,
      `data ${content.length}\n${content}\n`,
    ].join('\n')
  })
  const stream = join(repository.work, '..', 'stream')
  await writeFile(stream, history.join(''))
  const git = ['git', '--git-dir', repository.path]
  await runChild(
    [
      'sh',
      '-c',
      `exec git --git-dir="$1" fast-import --quiet <"$2"`,
      'sh',
      repository.path,
      stream,
    ],
    repository,
  )
  const listed = await runChild(
    [...git, 'rev-list', '--reverse', `${first}..refs/ahead`],
    repository,
  )
  await runChild([...git, 'update-ref', '-d', 'refs/ahead'], repository)
  return {
    repository,
    first,
    ahead: listed.trim().split('\n'),
    push: (commit) => writeFile(join(repository.path, 'refs', 'heads', 'main'), `${commit}\n`),
    [Symbol.asyncDispose]: repository.remove,
  }
}

/** What `du` would count below a folder: each file once, in whole blocks. */
export function diskBytes(folder: string, seen = new Set<number>()): number {
  const found = lstatSync(folder, { throwIfNoEntry: false })
  if (found === undefined || seen.has(found.ino)) return 0
  seen.add(found.ino)
  const own = found.blocks * 512
  if (!found.isDirectory()) return own
  return namesIn(folder).reduce((sum, name) => sum + diskBytes(join(folder, name), seen), own)
}

/** Trees that stay for readers who hold them open, and those that leave: all but the two that stay. */
export function treesInGrace(root: string): readonly string[] {
  const served = basename(readlinkSync(join(root, 'site')))
  return namesIn(join(root, '.worktrees'))
    .filter((name) => !name.startsWith('new-') && name !== served)
    .map((name) => join(root, '.worktrees', name))
}

/** What a tree takes, with its private folder. */
export function treeBytes(tree: string): number {
  const bytes = diskBytes(tree)
  const link = join(tree, '.git')
  if (!existsSync(link)) return bytes
  const admin = readFileSync(link, 'utf8').replace('gitdir: ', '').trim()
  return bytes + diskBytes(resolve(tree, admin))
}

/** None of a folder that goes just now. */
function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}
