import { expect } from 'bun:test'
import { createHash } from 'node:crypto'
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { readlink } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { runChild } from '#test/fixtures/child.ts'
import type { Repository } from '#test/fixtures/repository.ts'
import { type Sidecar, type SidecarOptions, startSidecar } from '#test/fixtures/sidecar.ts'
import { until } from '#test/fixtures/until.ts'

export interface GitSyncOptions extends SidecarOptions {
  /** Not given: it comes by `flags` or `env`. */
  readonly repo?: string
  readonly root: string
  /** On top of a short period and the link `site`. */
  readonly flags?: readonly string[]
}

/** A running git-sync that publishes `<root>/site` every 50 ms. */
export function startGitSync({ repo, root, flags = [], ...options }: GitSyncOptions): Sidecar {
  const what = repo === undefined ? [] : [`--repo=${repo}`]
  const own = [`--root=${root}`, '--link=site', '--period=50ms']
  return startSidecar(['git-sync', ...what, ...own, ...flags], options)
}

export interface Once {
  readonly code: number
  /** Lines of the log that tell of an error. */
  readonly errors: readonly string[]
  /** All of stderr. */
  readonly said: string
}

/** One sync to its end. */
export async function syncOnce(options: GitSyncOptions): Promise<Once> {
  const flags = [...(options.flags ?? []), '--one-time']
  const sidecar = startGitSync({ ...options, flags })
  const code = await sidecar.exited
  return { code, errors: errorsOf(sidecar), said: sidecar.stderr.join('\n') }
}

/** Lines that tell of an error: a log record with one, or a plain refusal. */
export function errorsOf(sidecar: Sidecar): readonly string[] {
  return sidecar.stderr.filter((line) => !line.startsWith('{') || line.includes('"error":'))
}

/** Waits until the link names the commit. */
export function untilPublished(link: string, commit: string, timeoutMs = 10_000): Promise<string> {
  const ask = async (): Promise<string | null> => {
    const target = await readlink(link)
    return basename(target) === commit ? target : null
  }
  return until(ask, { timeoutMs, everyMs: 5, what: `${commit} at ${link}` })
}

/** The link names the commit, and its tree has that commit's files, contents and modes; no more. */
export async function expectServes(
  link: string,
  repository: Repository,
  commit: string,
): Promise<void> {
  expect(basename(await readlink(link))).toBe(commit)
  expect(filesOf(link, commit.length)).toEqual(await committed(repository, commit))
}

/** Another sync must be good and leave the repository's HEAD served in a working tree of git. */
export async function expectHealed(root: string, repository: Repository): Promise<void> {
  const { code, errors } = await syncOnce({ repo: repository.url, root })
  expect({ code, errors }).toEqual({ code: 0, errors: [] })
  await expectServes(`${root}/site`, repository, await repository.resolve())
  expect(await inTree(`${root}/site`, repository, 'status', '--porcelain')).toBe('')
}

/** Runs git in the tree that a link names. */
export function inTree(
  link: string,
  repository: Repository,
  ...args: readonly string[]
): Promise<string> {
  return runChild(['git', '-C', link, ...args], repository)
}

/** `MODE HASH PATH` of each file, as `git ls-tree` tells it. */
async function committed(repository: Repository, commit: string): Promise<readonly string[]> {
  const listing = await repository.git('--git-dir', repository.path, 'ls-tree', '-rz', commit)
  return listing
    .split('\0')
    .filter(Boolean)
    .map((entry) => entry.replace(/^(\d+) \w+ ([\da-f]+)\t/, '$1 $2 '))
    .sort()
}

/** The same of a folder on disk, without its `.git`. */
function filesOf(folder: string, hashDigits: number): readonly string[] {
  return pathsBelow(folder)
    .map((path) => {
      const full = join(folder, path)
      const found = lstatSync(full)
      const link = found.isSymbolicLink()
      const content = link ? Buffer.from(readlinkSync(full)) : readFileSync(full)
      const mode = link ? '120000' : found.mode & 0o100 ? '100755' : '100644'
      const hash = createHash(hashDigits === 64 ? 'sha256' : 'sha1')
      const blob = hash.update(`blob ${content.length}\0`).update(content).digest('hex')
      return `${mode} ${blob} ${path}`
    })
    .sort()
}

/** Inode and times of everything below a folder: whoever touches or replaces a file changes it. */
export function fingerprint(folder: string): readonly string[] {
  return ['', ...pathsBelow(folder)].map((path) => {
    const { ino, mtimeNs, ctimeNs, mode } = lstatSync(join(folder, path), { bigint: true })
    return `${path} ${ino} ${mtimeNs} ${ctimeNs} ${mode}`
  })
}

/** Files and links below a folder, without its `.git`. */
export function pathsBelow(folder: string, prefix = ''): string[] {
  return readdirSync(join(folder, prefix), { withFileTypes: true }).flatMap((entry) => {
    const path = join(prefix, entry.name)
    if (path === '.git') return []
    return entry.isDirectory() ? pathsBelow(folder, path) : [path]
  })
}
