import { relative } from 'node:path'
import { lastPartOf, splitRepositoryUrl } from '#git-sync/git/repository-url.ts'
import { belowRoot, type Layout, layoutOf } from '#git-sync/tree/layout.ts'

/** Where this run reads and writes; all absolute. */
export interface Places {
  readonly layout: Layout
  readonly link: string
  readonly touchFile: string | null
  readonly errorFile: string | null
}

export interface PlacesOptions {
  readonly repo: string
  readonly link: string
  readonly touchFile: string
  readonly errorFile: string
}

/** @throws Error naming --link when it would stand in a folder of ours. */
export function placesOf(root: string, options: PlacesOptions): Places {
  const layout = layoutOf(root)
  const name = options.link === '' ? lastPartOf(splitRepositoryUrl(options.repo).url) : options.link
  const link = belowRoot(root, name)
  const within = relative(root, link)
  if (within === '' || /^\.(git|worktrees|quarantine)(\/|$)/.test(within)) {
    throw new Error(`--link cannot be ${JSON.stringify(name)}: it is a place of ours; name another`)
  }
  const optional = (path: string): string | null => (path === '' ? null : belowRoot(root, path))
  return {
    layout,
    link,
    touchFile: optional(options.touchFile),
    errorFile: optional(options.errorFile),
  }
}
