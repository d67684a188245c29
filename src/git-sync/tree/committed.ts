import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { readContents } from '#git-sync/git/index-file.ts'
import { hashBytesOf } from '#git-sync/git/refs.ts'
import { namesIn } from '#kit/files.ts'
import { indexOf } from './kept-index.ts'
import { adminOf } from './served.ts'

/** What a tree has at a path: a file, a symbolic link, or the empty folder of a submodule left out. */
export interface Committed {
  /** From the top of the tree, also in submodules. */
  readonly path: string
  readonly kind: 'file' | 'link' | 'folder'
  /** The same for the same mode and content, in any commit. */
  readonly what: string
}

function kindOf(mode: number): Committed['kind'] {
  const type = mode & 0o170000
  if (type === 0o100000) return 'file'
  return type === 0o120000 ? 'link' : 'folder'
}

/**
 * Everything that belongs in a tree, with the files of its submodules, by git's own lists of it:
 * what somebody else put into the tree is not told of.
 * @throws Error when a list cannot be read, as when a path in it is no UTF-8.
 */
export async function* committedIn(
  tree: { readonly path: string; readonly commit: string },
  prefix = '',
): AsyncGenerator<Committed, undefined> {
  const { path: top, commit } = tree
  const admin = await adminOf(top)
  if (admin === null) throw new Error(`Cannot tell what belongs in ${top}: it has no .git file`)
  const path = indexOf(admin)
  const hashBytes = hashBytesOf(commit)
  for (const entry of readContents(await readFile(path), { path, hashBytes })) {
    if (entry.isSkipped) continue
    const { mode, hash } = entry
    const at = `${prefix}${entry.path}`
    const kind = kindOf(mode)
    if (kind !== 'folder') {
      yield { path: at, kind, what: `${mode.toString(8)} ${hash} ${entry.sizeBytes}` }
      continue
    }
    const submodule = { path: join(top, entry.path), commit: hash }
    if ((await namesIn(submodule.path)).length === 0) yield { path: at, kind, what: 'folder' }
    else yield* committedIn(submodule, `${at}/`)
  }
}
