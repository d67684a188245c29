import { link, readFile, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { type IndexEntry, readEntries } from '#git-sync/git/index-file.ts'
import { hashBytesOf } from '#git-sync/git/refs.ts'
import { makeFilesDurable, makeFoldersDurable } from '#kit/durable.ts'
import { foundAt, namesIn } from '#kit/files.ts'
import { pauses } from '#kit/pauses.ts'
import { filledIn } from './filled.ts'
import { indexOf, keptCommit } from './kept-index.ts'
import type { Tree } from './materialise.ts'

/** The files of one repository in a tree. */
interface Level {
  readonly path: string
  readonly admin: string
}

/**
 * Waits until a tree that nobody sees is on the disk: its files and those of its submodules, then
 * their folders. Only what changed since it was so before: git's index tells inode and times of each
 * file, and the one of that time is held by a second name, which a file system without hard links has
 * not; there all is waited for.
 * @throws Error naming what cannot be made durable.
 */
export async function makeTreeDurable(tree: Tree, stop: AbortSignal): Promise<void> {
  const levels = await levelsOf(tree)
  const files: string[] = []
  const folders = new Set<string>()
  for (const level of levels) {
    for (const { path, isFile } of await changesIn(level, { tree, stop })) {
      const at = join(level.path, path)
      if (isFile) files.push(at)
      addFoldersAround(at, { top: tree.path, folders })
    }
    files.push(join(level.path, '.git'))
    folders.add(level.path)
  }
  await makeFilesDurable(files, stop)
  await makeFoldersDurable([...folders].filter((path) => foundAt(path)?.isDirectory()))
  for (const { admin } of levels) await noteDurable(admin)
}

/** The same of what git knows of a tree: a tree's name is in it. */
export async function makeAdminsDurable(tree: Tree, stop: AbortSignal): Promise<void> {
  for (const { admin } of await levelsOf(tree)) {
    const paths = (await namesIn(admin)).map((name) => join(admin, name))
    const files = paths.filter((path) => foundAt(path)?.isFile())
    await makeFilesDurable(files, stop)
    await makeFoldersDurable([admin, dirname(admin)])
  }
}

/** All folders on the way from `top` to what is at a path. */
export function addFoldersAround(
  path: string,
  { top, folders }: { readonly top: string; readonly folders: Set<string> },
): void {
  for (let at = dirname(path); !folders.has(at); at = dirname(at)) {
    folders.add(at)
    if (at === top) return
  }
}

async function levelsOf(tree: Tree): Promise<readonly Level[]> {
  const levels: Level[] = [tree]
  for (const { within, path, admin } of await filledIn(tree.admin)) {
    if (admin !== null) levels.push({ path: join(tree.path, within, path), admin })
  }
  return levels
}

interface Change {
  /** From the top of its level. */
  readonly path: string
  /** False of what is no more, and of links: the folder around them has all of it. */
  readonly isFile: boolean
}

interface ChangesOptions {
  readonly tree: Tree
  readonly stop: AbortSignal
}

/** What is another one than when all was durable, or is no more. */
async function changesIn({ admin }: Level, { tree, stop }: ChangesOptions): Promise<Change[]> {
  const hashBytes = hashBytesOf((await keptCommit(admin)) ?? tree.commit)
  const entriesOf = async (path: string): Promise<Iterable<IndexEntry>> =>
    readEntries(await readFile(path), { path, hashBytes })
  const entries = await entriesOf(indexOf(admin))
  const note = join(admin, noteName)
  const noted = foundAt(note) === null ? [] : await entriesOf(note)
  try {
    return await compare(entries, noted, stop)
  } catch {
    // A note that cannot be read tells nothing. An index that cannot be read fails again.
    return compare(await entriesOf(indexOf(admin)), [], stop)
  }
}

/** Both are in the order of the bytes of their paths. */
async function compare(
  entries: Iterable<IndexEntry>,
  noted: Iterable<IndexEntry>,
  stop: AbortSignal,
): Promise<Change[]> {
  const pause = pauses(stop)
  const changes: Change[] = []
  const left = noted[Symbol.iterator]()
  let known: IndexEntry | undefined = left.next().value
  for (const entry of entries) {
    const due = pause()
    if (due !== null) await due
    for (; known && isBefore(known.path, entry.path); known = left.next().value) {
      changes.push({ path: known.path, isFile: false })
    }
    const isKnown = known?.path === entry.path
    if (!(isKnown && known && isSame(known, entry))) {
      const isFile = (entry.mode & 0o170000) === 0o100000 && !entry.isSkipped
      changes.push({ path: entry.path, isFile })
    }
    if (isKnown) known = left.next().value
  }
  for (; known; known = left.next().value) changes.push({ path: known.path, isFile: false })
  return changes
}

function isSame(one: IndexEntry, other: IndexEntry): boolean {
  return (
    one.inode === other.inode &&
    one.changedMs === other.changedMs &&
    one.mode === other.mode &&
    one.isSkipped === other.isSkipped
  )
}

function isBefore(one: string, other: string): boolean {
  return one !== other && Buffer.compare(Buffer.from(one), Buffer.from(other)) < 0
}

const noteName = 'sync-durable'

/** The index names all that is durable now; git writes the next one to another file. */
async function noteDurable(admin: string): Promise<void> {
  const note = join(admin, noteName)
  await rm(note, { force: true })
  await link(indexOf(admin), note).catch(() => {})
}
