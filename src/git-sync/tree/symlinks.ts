import { readlinkSync } from 'node:fs'
import { join } from 'node:path'
import type { Commit } from '#git-sync/git/refs.ts'
import { foundAt } from '#kit/files.ts'
import { type Committed, committedIn } from './committed.ts'
import { RefusedCommitError } from './refusal.ts'

export interface LinkRules {
  /** `keep`, `inside` or `refuse`, as --symlinks has it. */
  readonly symlinks: string
  /** The folder that is published, or empty. */
  readonly subdir: string
}

/**
 * Makes sure that the symbolic links of what is published, and of its submodules, are such as
 * --symlinks allows. No link is followed out of the tree to find that out.
 * @throws RefusedCommitError naming the first that is not, and where it leads.
 */
export async function demandLinks(
  tree: { readonly path: string; readonly commit: Commit },
  { symlinks, subdir }: LinkRules,
): Promise<void> {
  if (symlinks === 'keep') return
  const top = join(tree.path, subdir)
  for await (const { path, kind } of committedBelow(tree, subdir)) {
    if (kind !== 'link') continue
    const target = readlinkSync(join(top, path))
    if (symlinks === 'inside' && !leaves(top, path)) continue
    const where = symlinks === 'inside' ? ', out of what is published' : ''
    throw new RefusedCommitError(
      `Cannot publish commit ${tree.commit}: its link ${JSON.stringify(path)} leads to ${JSON.stringify(target)}${where}; remove it there or change --symlinks`,
      { commit: tree.commit, by: 'symlinks' },
    )
  }
}

/** What belongs in one folder of a tree, by paths from that folder. */
export async function* committedBelow(
  tree: { readonly path: string; readonly commit: string },
  subdir: string,
): AsyncGenerator<Committed, undefined> {
  const prefix = subdir === '' ? '' : `${subdir}/`
  for await (const entry of committedIn(tree)) {
    if (!entry.path.startsWith(prefix)) continue
    yield prefix === '' ? entry : { ...entry, path: entry.path.slice(prefix.length) }
  }
}

/** As many links on one way as Linux follows: path_resolution(7). */
const mostLinks = 40

/**
 * True when who follows the link comes above `top`, or to a path from the file system's root. What is
 * missing or goes round in circles leads nowhere.
 */
function leaves(top: string, link: string): boolean {
  const at: string[] = []
  const ahead = link.split('/')
  let links = 0
  for (let part = ahead.shift(); part !== undefined; part = ahead.shift()) {
    if (part === '' || part === '.') continue
    if (part === '..') {
      if (at.pop() === undefined) return true
      continue
    }
    const path = join(top, ...at, part)
    if (!foundAt(path)?.isSymbolicLink()) {
      at.push(part)
      continue
    }
    if (++links > mostLinks) return false
    const target = readlinkSync(path)
    if (target.startsWith('/')) return true
    ahead.unshift(...target.split('/'))
  }
  return false
}
