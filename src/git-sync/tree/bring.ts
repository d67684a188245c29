import { join } from 'node:path'
import type { Git } from '#git-sync/git/git.ts'
import { readSubmodules, type Submodule } from '#git-sync/git/gitmodules.ts'
import { type Gitlink, readGitlinks } from '#git-sync/git/index-file.ts'
import { type Commit, hashBytesOf } from '#git-sync/git/refs.ts'
import { baseUrl } from '#git-sync/git/submodule-url.ts'
import { bringFiles, keepFiles } from './bring-files.ts'
import { filledAt, filledIn } from './filled.ts'
import { indexOf, keptCommit } from './kept-index.ts'
import type { Layout } from './layout.ts'
import type { Tree } from './materialise.ts'
import { fillerOf } from './submodule-files.ts'
import { holdsWhole, noteGarbage, storeOf } from './submodule-stores.ts'
import { fillsAt, type Level, type SubmoduleOptions, wantedOf } from './submodules.ts'

export interface BringOptions extends SubmoduleOptions {
  readonly git: Git
  readonly layout: Layout
  readonly commit: Commit
}

/** A level whose own files have come to `commit`. */
interface Brought extends Level {
  /** From the top of the tree. */
  readonly within: string
}

/**
 * Brings a tree that nobody sees, and in which nothing was changed, to another commit by what is
 * different between the two; so it does with each submodule that has another commit then. No program
 * runs any more when it returns or throws.
 * @throws Error when that may not be the same as a fresh tree. Then it is neither of both.
 */
export async function bringTree(tree: Tree, options: BringOptions): Promise<Tree> {
  const { git, layout, commit, clock } = options
  if (tree.commit === commit) return tree
  const filled = await filledIn(tree.admin)
  const filler = fillerOf(tree, options)

  async function bringSubmodules(level: Brought): Promise<void> {
    if (!fillsAt(level, options)) return
    const here = filledAt(level.within, filled)
    const changed = await changedLinks(level, here)
    if (changed.length === 0) return
    const known = await readSubmodules(git, level)
    const ends = await Promise.allSettled(
      changed.map((one) => bringSubmodule(one, { level, found: known.get(one.link.path) })),
    )
    for (const end of ends) if (end.status === 'rejected') throw end.reason
  }

  async function bringSubmodule(
    { link, admin, from }: ChangedLink,
    { level, found }: { readonly level: Brought; readonly found: Submodule | undefined },
  ): Promise<void> {
    const wanted = wantedOf(link, found, { level, depth: options.depth })
    if (wanted === null) throw new Error(`${link.path} is left out now`)
    const inside = {
      ...wanted,
      path: join(level.path, link.path),
      admin,
      around: level.around + 1,
      within: join(level.within, link.path),
    }
    const fillsSubmodules = fillsAt(inside, options)
    await filler.bring(wanted, { ...inside, commit: from, fillsSubmodules })
    await bringSubmodules(inside)
    await keepFiles(inside)
    await noteUnheld(admin, from)
  }

  const top = { ...tree, commit, url: baseUrl(options.url, layout.root), around: 0, within: '' }
  await bringFiles(tree, { git, commit, clock, fillsSubmodules: fillsAt(top, options) })
  await bringSubmodules(top)
  await keepFiles(top)
  return { ...tree, commit }
}

/** The objects of a commit that a submodule left may go, when no other one is of it. */
async function noteUnheld(admin: string, commit: Commit): Promise<void> {
  const store = storeOf(admin)
  if (!(await holdsWhole(store, commit))) await noteGarbage(store)
}

interface ChangedLink {
  readonly link: Gitlink
  readonly admin: string
  readonly from: Commit
}

/** @throws Error when there are others than before, or one is not in order. */
async function changedLinks(
  { admin, commit }: Level,
  here: ReadonlyMap<string, string | null>,
): Promise<readonly ChangedLink[]> {
  const links = await readGitlinks(indexOf(admin), { hashBytes: hashBytesOf(commit) })
  if (links.length !== here.size) throw new Error('submodules came or went')
  const changed: ChangedLink[] = []
  for (const link of links) {
    const own = here.get(link.path)
    if (own === undefined) throw new Error(`${link.path} is a new submodule`)
    if (own === null) continue
    const from = await keptCommit(own)
    if (from === null) throw new Error(`the submodule ${link.path} is not in order`)
    if (from !== link.commit) changed.push({ link, admin: own, from })
  }
  return changed
}
