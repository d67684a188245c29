import { lstatSync, readdirSync, type Stats } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Committed } from '#git-sync/tree/committed.ts'
import { foundAt } from '#kit/files.ts'
import { pauses } from '#kit/pauses.ts'
import { areAlike } from './files-alike.ts'
import type { FolderEntries, FolderEntry } from './folder-record.ts'
import { PlaceTakenError } from './publish.ts'

export interface CompareOptions {
  /** What consumers find. */
  readonly folder: string
  /** Where the files of the commit are. */
  readonly source: string
  /** What belongs in it. */
  readonly wanted: readonly Committed[]
  /** What we put into it before: all else is not ours. */
  readonly before: FolderEntries
  /** False when what was noted of files may not be so: all are read. */
  readonly believesRecord: boolean
  readonly stop: AbortSignal
}

/** What makes the folder one of the commit, in this order. */
export interface Difference {
  /** Where nothing is. */
  readonly additions: readonly Committed[]
  /** Where something of ours is, or is in the way. */
  readonly changes: readonly Committed[]
  readonly removals: readonly string[]
  /** All that belongs in it, with what was seen of that which stays as it is. */
  readonly entries: Map<string, FolderEntry>
}

/**
 * Compares a folder with what belongs in it; changes nothing.
 * @throws PlaceTakenError when something that is not ours stands where something belongs.
 */
export async function compareFolder(options: CompareOptions): Promise<Difference> {
  const { folder, source, before, believesRecord } = options
  const pause = pauses(options.stop)
  const ways = waysIn(folder)
  const entries = new Map<string, FolderEntry>()
  const additions: Committed[] = []
  const changes: Committed[] = []

  function demandOurs(path: string, found: Stats): void {
    const foreign = found.isDirectory() ? foreignBelow(folder, path, before) : path
    if (foreign === null || before.has(foreign)) return
    throw new PlaceTakenError(
      `Cannot publish at ${folder}: ${JSON.stringify(foreign)} is there and not from the repository; move it away`,
    )
  }

  for (const one of options.wanted) {
    await pause()
    const { path, kind, what } = one
    const blocked = ways.blockedBy(path)
    if (blocked !== null) {
      demandOurs(blocked.path, blocked.found)
      entries.set(path, { what, seen: '' })
      changes.push(one)
      continue
    }
    const known = before.get(path)
    const at = join(folder, path)
    const found = foundAt(at)
    if (found === null) {
      entries.set(path, { what, seen: '' })
      additions.push(one)
      continue
    }
    const isNoted = believesRecord && known?.what === what && known.seen === seenOf(found)
    const from = join(source, path)
    if (isNoted || (await isAsWanted(kind, { at, found, from, pause }))) {
      entries.set(path, { what, seen: seenOf(found) })
      continue
    }
    demandOurs(path, found)
    entries.set(path, { what, seen: '' })
    changes.push(one)
  }
  /** Behind what will be a file or a link nothing is left, and a link may lead anywhere. */
  const isBehindFile = (path: string): boolean =>
    path !== '.' &&
    ((entries.get(path)?.what ?? 'folder') !== 'folder' || isBehindFile(dirname(path)))
  const removals = [...before.keys()].filter(
    (path) => !entries.has(path) && ways.blockedBy(path) === null && !isBehindFile(dirname(path)),
  )
  return { additions, changes, removals, entries }
}

/** By what a file is known again without reading it. A folder has nothing of the kind. */
export function seenOf(found: Stats): string {
  if (found.isDirectory()) return 'folder'
  return [found.ino, found.size, found.mtimeMs, found.ctimeMs].join(':')
}

async function isAsWanted(
  kind: Committed['kind'],
  options: {
    readonly at: string
    readonly found: Stats
    readonly from: string
    readonly pause: () => Promise<void> | null
  },
): Promise<boolean> {
  const { at, found, from, pause } = options
  if (kind === 'folder') return found.isDirectory()
  return areAlike({ path: from, found: lstatSync(from) }, { path: at, found }, pause)
}

interface Ways {
  /** What is no folder on the way to a path: nothing behind it is ours. */
  blockedBy(path: string): Blocked | null
}

interface Blocked {
  readonly path: string
  readonly found: Stats
}

/** Looks at each folder on the way to something once. */
function waysIn(folder: string): Ways {
  const known = new Map<string, Blocked | null>([['.', null]])
  function look(way: string): Blocked | null {
    const answer = known.get(way)
    if (answer !== undefined) return answer
    let blocked = look(dirname(way))
    if (blocked === null) {
      const found = foundAt(join(folder, way))
      if (found !== null && !found.isDirectory()) blocked = { path: way, found }
    }
    known.set(way, blocked)
    return blocked
  }
  return { blockedBy: (path) => look(dirname(path)) }
}

/** Something below a folder that we did not put there, or null. */
export function foreignBelow(folder: string, path: string, before: FolderEntries): string | null {
  for (const entry of readdirSync(join(folder, path), { withFileTypes: true })) {
    const below = join(path, entry.name)
    if (entry.isDirectory()) {
      const foreign = foreignBelow(folder, below, before)
      if (foreign !== null) return foreign
    } else if (!before.has(below)) return below
  }
  return null
}
