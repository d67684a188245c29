import { join, relative } from 'node:path'
import { lastPartOf, splitRepositoryUrl } from '#git-sync/git/repository-url.ts'
import { belowRoot, type Layout, layoutOf } from '#git-sync/tree/layout.ts'
import { toSubdir } from '#git-sync/tree/subdir.ts'

/** Where this run reads and writes; all absolute. */
export interface Places {
  readonly layout: Layout
  /** Where consumers find what is published. */
  readonly link: string
  /** The link that names the tree which is served: the same, unless a folder is published. */
  readonly pointer: string
  /** The folder of the repository that is published; empty for all of it. */
  readonly subdir: string
  readonly touchFile: string | null
  readonly errorFile: string | null
}

export interface PlacesOptions {
  readonly repo: string
  readonly link: string
  readonly publish: string
  readonly subdir: string
  readonly touchFile: string
  readonly errorFile: string
}

/** @throws Error naming --link when it would stand in a folder of ours. */
export function placesOf(root: string, options: PlacesOptions): Places {
  const layout = layoutOf(root)
  const name = options.link === '' ? lastPartOf(splitRepositoryUrl(options.repo).url) : options.link
  const link = belowRoot(root, name)
  const within = relative(root, link)
  if (within === '' || /^\.(git|worktrees|quarantine|published)(\/|$)/.test(within)) {
    throw new Error(`--link cannot be ${JSON.stringify(name)}: it is a place of ours; name another`)
  }
  const isFolder = options.publish !== 'link'
  if (isFolder && !relative(link, root).startsWith('..')) {
    throw new Error(
      `--link cannot be ${JSON.stringify(name)}: --root is in that folder; name another`,
    )
  }
  const optional = (path: string): string | null => (path === '' ? null : belowRoot(root, path))
  return {
    layout,
    link,
    pointer: isFolder ? join(layout.published, 'tree') : link,
    subdir: toSubdir(options.subdir),
    touchFile: optional(options.touchFile),
    errorFile: optional(options.errorFile),
  }
}
