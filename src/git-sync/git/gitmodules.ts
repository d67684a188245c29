import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Git, gitError } from './git.ts'
import { canonicalKey } from './git-config.ts'
import type { Commit } from './refs.ts'

/** What a commit's `.gitmodules` says of one submodule: see gitmodules(5). */
export interface Submodule {
  readonly name: string
  /** As written: it may be relative to the URL of the repository around it. */
  readonly url: string
  /** `none` leaves its folder empty. */
  readonly update: string
  /** One commit of history is enough. */
  readonly isShallow: boolean
}

/**
 * The submodules by their path, from what `git config --null --list` prints of a `.gitmodules`. As
 * git does, it passes over names that would lead out of a folder, and over values that would be taken
 * for options.
 */
export function parseGitmodules(listing: string): ReadonlyMap<string, Submodule> {
  const sections = new Map<string, Map<string, string>>()
  const nameOfPath = new Map<string, string>()
  for (const entry of listing.split('\0')) {
    // A key without a value is true.
    const [, name, variable, value = 'true'] =
      /^submodule\.(.*?)\.([a-z][a-z\d-]*)(?:\n(.*))?$/s.exec(entry) ?? []
    if (name === undefined || variable === undefined || !isProperName(name)) continue
    if (value.startsWith('-')) continue
    const section = sections.get(name) ?? new Map<string, string>()
    sections.set(name, section.set(variable, value))
    if (variable === 'path') nameOfPath.set(value, name)
  }
  const found = new Map<string, Submodule>()
  for (const [path, name] of nameOfPath) {
    const section = sections.get(name)
    const url = section?.get('url')
    // One that got another path afterwards, or that nobody can fetch, is as good as absent.
    if (section?.get('path') !== path || url === undefined) continue
    found.set(path, {
      name,
      url,
      update: section.get('update') ?? 'checkout',
      isShallow: /^(true|yes|on|[1-9]\d*)$/i.test(section.get('shallow') ?? ''),
    })
  }
  return found
}

function isProperName(name: string): boolean {
  return name !== '' && !name.split(/[/\\]/).includes('..')
}

/**
 * The submodules that a commit names, by their path. A URL or an update that `--git-config` sets for
 * a submodule's name counts before what the commit says.
 * @throws GitError when git cannot read its `.gitmodules`.
 */
export async function readSubmodules(
  git: Git,
  { commit, admin }: { readonly commit: Commit; readonly admin: string },
): Promise<ReadonlyMap<string, Submodule>> {
  const there = git.withMore({ env: { GIT_DIR: admin } })
  const args = ['config', '--null', '--list', `--blob=${commit}:.gitmodules`]
  const finished = await there.attempt(args)
  if (finished.code !== 0) {
    if (/unable to resolve config blob/.test(finished.stderr)) return new Map()
    throw gitError('Cannot read .gitmodules', finished)
  }
  const set = new Map(git.settings.map(([key, value]) => [canonicalKey(key), value]))
  const submodules = [...parseGitmodules(finished.stdout)].map(([path, submodule]) => {
    const { name, url, update } = submodule
    const own = (variable: string): string | undefined => set.get(`submodule.${name}.${variable}`)
    return [
      path,
      { ...submodule, url: own('url') ?? url, update: own('update') ?? update },
    ] as const
  })
  return new Map(submodules)
}

/** Once for a repository: `git submodule status` then tells of submodules that git did not make. */
export async function showSubmodules(git: Git): Promise<void> {
  const config = await readFile(join(git.root, '.git', 'config'), 'utf8')
  if (/^\s*active = \.$/m.test(config)) return
  const args = ['--git-dir=.git', 'config', 'submodule.active', '.']
  await git.run('Cannot name the submodules to git', args)
}
