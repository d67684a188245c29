import { expect } from 'bun:test'
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { mkdir, rm, symlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { runChild } from '#test/fixtures/child.ts'
import type { Changes, Repository } from '#test/fixtures/repository.ts'
import { temporaryFolder } from '#test/fixtures/temp.ts'

/** git takes submodules from paths only when it is told to. */
export const fromPaths = '--git-config=protocol.file.allow:always'

/** A submodule as a commit has it. */
export interface Link {
  readonly commit: string
  /** As `.gitmodules` shall have it; no entry without it. */
  readonly url?: string
  /** The path without it. */
  readonly name?: string
  /** More of its entry: `update`, `shallow`. */
  readonly settings?: Readonly<Record<string, string>>
}

/** Pushes a commit that has these submodules by path, and no others. Gives its hash. */
export async function publishLinks(
  repository: Repository,
  links: Readonly<Record<string, Link>>,
  changes: Changes = {},
): Promise<string> {
  const { git, work } = repository
  await dropLinks(repository)
  const file = `--file=${work}/.gitmodules`
  for (const [path, { commit, url, name = path, settings = {} }] of Object.entries(links)) {
    await drop(repository, path)
    // An empty folder is a submodule that nobody has filled; a missing one would be a removed one.
    await mkdir(join(work, path), { recursive: true })
    await git('update-index', '--add', '--cacheinfo', `160000,${commit},${path}`)
    if (url === undefined) continue
    for (const [key, value] of Object.entries({ path, url, ...settings })) {
      await git('config', file, `submodule.${name}.${key}`, value)
    }
  }
  return repository.publish(changes)
}

async function dropLinks(repository: Repository): Promise<void> {
  const listing = await repository.git('ls-files', '--stage', '-z')
  const links = listing
    .split('\0')
    .flatMap((entry) => entry.match(/^160000 \w+ 0\t(.*)$/s)?.[1] ?? [])
  for (const path of [...links, '.gitmodules']) await drop(repository, path)
}

async function drop({ git, work }: Repository, path: string): Promise<void> {
  await git('rm', '-r', '--cached', '--quiet', '--ignore-unmatch', '--', path)
  await rm(join(work, path), { recursive: true, force: true })
}

/** The folder has what `git clone --recurse-submodules` makes of the repository: content and modes. */
export async function expectLikeClone(
  folder: string,
  repository: Repository,
  options: readonly string[] = ['--recurse-submodules'],
): Promise<void> {
  await using clone = temporaryFolder('clone')
  const words = ['git', 'clone', '--quiet', ...options, repository.url, clone.at('site')]
  await runChild(words, repository)
  expect(contentOf(folder)).toEqual(contentOf(clone.at('site')))
}

/** Each file, link and empty folder with its mode and content. */
export function contentOf(folder: string, prefix = ''): readonly string[] {
  return readdirSync(join(folder, prefix), { withFileTypes: true })
    .filter(({ name }) => name !== '.git')
    .flatMap((entry) => {
      const path = join(prefix, entry.name)
      const full = join(folder, path)
      const mode = (lstatSync(full).mode & 0o7777).toString(8)
      if (entry.isSymbolicLink()) return [`${path} -> ${readlinkSync(full)}`]
      if (!entry.isDirectory()) return [`${path} ${mode} ${readFileSync(full, 'base64')}`]
      return [`${path}/ ${mode}`, ...contentOf(folder, path)]
    })
    .sort()
}

/** Names of the stores in a root. */
export function storesOf(root: string): readonly string[] {
  try {
    return readdirSync(`${root}/.git/modules`)
  } catch {
    return []
  }
}

/** Lets a server of the one repository serve another one beside it, as `NAME`. */
export function standBeside(
  repository: Repository,
  name: string,
  other: Repository,
): Promise<void> {
  return symlink(other.path, join(dirname(repository.path), name))
}
