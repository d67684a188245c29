import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isFullHash } from '#git-sync/git/refs.ts'
import type { HookEvent } from '#git-sync/hooks/hook.ts'
import type { Layout } from '#git-sync/tree/layout.ts'
import { namedTree } from '#git-sync/tree/served.ts'
import type { Clock } from '#kit/clock.ts'

/** A tree that is served, or will be in a moment. */
export type Told = Pick<HookEvent, 'commit' | 'tree' | 'isRemade'>

/** Which publication came after which, over the life of a root. */
export interface Publications {
  /** What is told of a tree that is about to be served. */
  next(told: Told): HookEvent
  /** What is told of the tree that is served, from now on or since an earlier process. */
  served(told: Told): HookEvent
  /** Resolves when all that was told is written down. */
  written(): Promise<void>
}

/** The last publication. */
type Publication = Pick<HookEvent, 'commit' | 'previous' | 'timeMs'>

export interface PublicationsOptions {
  readonly layout: Layout
  readonly pointer: string
  readonly clock: Clock
}

/**
 * Reads what an earlier process noted of the last publication. Without a note the tree that the link
 * names is the one before the next, and of itself nothing is known: it was published when we found it.
 */
export async function openPublications(options: PublicationsOptions): Promise<Publications> {
  const { layout, pointer, clock } = options
  const file = join(layout.gitDir, 'sync-published')
  let last = await readNote(file)
  const before = last ?? (await namedTree(layout, pointer).catch(() => null))
  let writing = Promise.resolve()

  const publicationOf = ({ commit, isRemade = false }: Told): Publication => {
    if (commit === last?.commit && !isRemade) return last
    const { commit: previous } = last ?? before ?? { commit: null }
    return {
      commit,
      previous: previous === commit && !isRemade ? null : previous,
      timeMs: clock.nowMs(),
    }
  }

  return {
    next: (told) => ({ ...told, ...publicationOf(told) }),
    served(told) {
      const publication = publicationOf(told)
      if (publication !== last) {
        last = publication
        // Of a note that cannot be written the next start knows less: no publication waits for it.
        writing = writing.then(() => writeNote(file, publication).catch(() => {}))
      }
      return { ...told, ...publication }
    },
    written: () => writing,
  }
}

/** `{"commit": "…", "previous": null, "time": "2026-01-31T12:00:00.000Z"}`; null when it is not that. */
async function readNote(file: string): Promise<Publication | null> {
  try {
    const { commit, previous, time } = JSON.parse(await readFile(file, 'utf8'))
    const timeMs = Date.parse(time)
    const isHash = (text: unknown): boolean => typeof text === 'string' && isFullHash(text)
    if (!isHash(commit) || !(previous === null || isHash(previous))) return null
    return Number.isNaN(timeMs) ? null : { commit, previous, timeMs }
  } catch {
    return null
  }
}

async function writeNote(file: string, { commit, previous, timeMs }: Publication): Promise<void> {
  const time = new Date(timeMs).toISOString()
  await writeFile(file, `${JSON.stringify({ commit, previous, time })}\n`)
}
