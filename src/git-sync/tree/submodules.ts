import { join, relative } from 'node:path'
import { adviceForSubmodule } from '#git-sync/git/advice.ts'
import { type Git, GitError } from '#git-sync/git/git.ts'
import { readSubmodules, type Submodule, showSubmodules } from '#git-sync/git/gitmodules.ts'
import { type Gitlink, readGitlinks } from '#git-sync/git/index-file.ts'
import { type Commit, hashBytesOf } from '#git-sync/git/refs.ts'
import { baseUrl, resolveSubmoduleUrl } from '#git-sync/git/submodule-url.ts'
import type { Clock } from '#kit/clock.ts'
import type { Log } from '#kit/log.ts'
import { type Filled, recordFilled } from './filled.ts'
import type { Layout } from './layout.ts'
import type { Tree } from './materialise.ts'
import { fillerOf, type WantedFiles } from './submodule-files.ts'

export interface SubmoduleOptions {
  readonly submodules: string
  /** Of the repository around them. */
  readonly url: string
  /** Commits of history; 0 is all of it. */
  readonly depth: number
  readonly log: Log
  readonly clock: Clock
}

/** A repository whose files are there, and whose submodules are to be filled. */
export interface Level {
  readonly commit: Commit
  readonly path: string
  readonly admin: string
  /** Where relative URLs start. */
  readonly url: string
  /** How many repositories are around it. */
  readonly around: number
}

/** Nobody's work comes near; what was made to do harm ends here. */
const deepest = 32

/**
 * Fills the submodules of a tree that nobody sees yet. No program runs any more when it returns or
 * throws.
 * @throws GitError naming the first submodule that cannot be filled, why, and what to do.
 */
export async function checkOutSubmodules(
  tree: Tree,
  options: SubmoduleOptions & { readonly git: Git; readonly layout: Layout },
): Promise<void> {
  const { git, layout } = options
  const filler = fillerOf(tree, options)
  const filled: Filled[] = []
  let failure: GitError | null = null

  async function fillLevel(level: Level): Promise<void> {
    if (!fillsAt(level, options)) return
    const links = await linksOf(level)
    if (links.length === 0) return
    if (level.around === 0) await showSubmodules(git)
    const known = await readSubmodules(git, level)
    await Promise.all(links.map((link) => fillLink(link, known.get(link.path), level)))
  }

  async function fillLink(link: Gitlink, found: Submodule | undefined, level: Level) {
    try {
      const place = { within: relative(tree.path, level.path), path: link.path }
      const wanted = wantedOf(link, found, { level, depth: options.depth })
      if (wanted === null) {
        filled.push({ ...place, admin: null })
        return
      }
      const files = await filler.fill(wanted)
      filled.push({ ...place, admin: files.admin })
      await fillLevel({ ...wanted, ...files, around: level.around + 1 })
    } catch (error) {
      filler.stop()
      failure ??= nameFailure(error, relative(tree.path, join(level.path, link.path)))
    }
  }

  await fillLevel({ ...tree, url: baseUrl(options.url, layout.root), around: 0 })
  if (failure !== null) throw failure
  await recordFilled(tree.admin, filled)
}

/** False when the submodules of a level are left empty. */
export function fillsAt(
  { around }: Pick<Level, 'around'>,
  { submodules }: Pick<SubmoduleOptions, 'submodules'>,
): boolean {
  return submodules === 'recursive' || (submodules === 'shallow' && around === 0)
}

/**
 * What a level wants in the place of a submodule; null when it leaves that empty.
 * @throws GitError when it names no URL.
 */
export function wantedOf(
  { commit, path }: Gitlink,
  found: Submodule | undefined,
  { level, depth }: { readonly level: Level; readonly depth: number },
): WantedFiles | null {
  const submodule = refuseUnknown(found)
  if (submodule.update === 'none') return null
  const url = resolveSubmoduleUrl(submodule.url, level.url)
  return { within: level.path, path, url, commit, depth: submodule.isShallow ? 1 : depth }
}

async function linksOf({ admin, commit, around }: Level): Promise<readonly Gitlink[]> {
  const links = await readGitlinks(join(admin, 'index'), { hashBytes: hashBytesOf(commit) })
  if (links.length === 0 || around < deepest) return links
  throw new GitError(`it has submodules of its own below ${deepest} others`, {
    advice: 'give --submodules=shallow to leave those out',
  })
}

function refuseUnknown(submodule: Submodule | undefined): Submodule {
  if (submodule !== undefined) return submodule
  throw new GitError('.gitmodules names no URL for it', {
    advice: 'add one to the repository, or give --submodules=off',
  })
}

/** As an error that says nothing of the repository in the root: that one is well. */
function nameFailure(cause: unknown, path: string): GitError {
  const ofGit = cause instanceof GitError ? cause : null
  const ended = ofGit?.finished?.ended === 'by-itself' ? ofGit.finished : null
  const advice = ended === null ? ofGit?.advice : adviceForSubmodule(ended.stderr)
  return new GitError(`Cannot fill the submodule ${JSON.stringify(path)}`, {
    cause,
    advice: advice ?? null,
  })
}
