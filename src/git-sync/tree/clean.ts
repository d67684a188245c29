import { lstatSync, readdirSync, type Stats } from 'node:fs'
import { chmod, mkdir, readFile, rm, rmdir, stat } from 'node:fs/promises'
import { type IndexEntry, readEntries } from '#git-sync/git/index-file.ts'
import type { Layout } from './layout.ts'
import { removeAll } from './remove-all.ts'
import { untilAborted } from './until-aborted.ts'

export interface CleanOptions {
  readonly layout: Layout
  /** As git wrote it, together with the files. */
  readonly index: string
  readonly hashBytes: 20 | 32
  /** True for the path of a submodule that has files: those are not looked at here. */
  readonly isFilled: (path: string) => boolean
  readonly stop: AbortSignal
}

/**
 * Removes all from a tree that git did not write or that somebody changed since, gives its folders
 * the rights of new ones, and tells how many of the files in the index are missing then. Reads no
 * file but the index: whoever changes content, rights or owner of a file, or links it elsewhere,
 * changes its time of change, which nobody can set.
 * @throws Error when the tree cannot be told from a changed one, or not be cleaned.
 */
export async function cleanTree(tree: string, options: CleanOptions): Promise<number> {
  const { layout, index, hashBytes, isFilled, stop } = options
  const { mtimeMs: writtenMs } = await stat(index)
  const entries = readEntries(await readFile(index), { path: index, hashBytes })
  const rights = await rightsOfNewFolder(layout)
  const pause = pauses(stop)
  let next = entries.next()
  let missing = 0

  /** Cleans what is below; tells how many files belong there. `prefix` ends in a slash, or is empty. */
  async function cleanFolder(prefix: string): Promise<number> {
    const at = `${tree}/${prefix}`
    const others = new Set(await openFolder(at, rights))
    if (prefix === '') others.delete('.git')
    let belonging = 0
    while (next.value?.path.startsWith(prefix)) {
      const entry = next.value
      const name = entry.path.slice(prefix.length)
      const slash = name.indexOf('/')
      if (slash !== -1) {
        const folder = name.slice(0, slash)
        const below = await cleanFolder(`${prefix}${folder}/`)
        belonging += below
        if (below > 0) others.delete(folder)
        continue
      }
      next = entries.next()
      const filled = entry.isSubmodule && isFilled(entry.path)
      if (entry.isSkipped && !filled) continue
      belonging++
      if (entry.isSubmodule) {
        others.delete(name)
        await cleanSubmodule(entry.path, { filled })
        continue
      }
      if (pause.isDue()) await pause.now()
      const found = others.has(name) ? lstatSync(`${at}${name}`) : null
      if (found !== null && isAsWritten(found, entry, writtenMs)) others.delete(name)
      else missing++
    }
    await removeOthers(others, at)
    return belonging
  }

  /** Its folder is there whether or not it has files: git makes it. */
  async function cleanSubmodule(path: string, { filled }: { readonly filled: boolean }) {
    const at = `${tree}/${path}/`
    const names = await openFolder(at, rights)
    await mkdir(at, { recursive: true })
    if (!filled) await removeOthers(names, at)
  }

  async function removeOthers(names: Iterable<string>, at: string): Promise<void> {
    for (const name of names) {
      if (name.includes('\uFFFD')) throw new Error(`a name in ${at} is no UTF-8`)
      await untilAborted(removeAll(`${at}${name}`), stop)
      stop.throwIfAborted()
    }
  }

  await cleanFolder('')
  return missing
}

/**
 * Clocks of file systems tick slowly: who changes a file in the tick in which git wrote the index
 * leaves no trace. Nobody sees a tree before the next tick, so only a file of that very tick is
 * taken for changed.
 */
function isAsWritten(found: Stats, entry: IndexEntry, indexWrittenMs: number): boolean {
  const isSameKind = (entry.mode & 0o170000) === (found.mode & 0o170000)
  const inode = Number.isSafeInteger(found.ino) ? found.ino % 2 ** 32 : entry.inode
  return (
    isSameKind &&
    inode === entry.inode &&
    found.size % 2 ** 32 === entry.sizeBytes &&
    isSameTime(found.mtimeMs, entry.modifiedMs) &&
    isSameTime(found.ctimeMs, entry.changedMs) &&
    found.ctimeMs < indexWrittenMs &&
    !isSameTime(found.ctimeMs, indexWrittenMs)
  )
}

/** A time in milliseconds has some hundred nanoseconds of error. */
function isSameTime(oneMs: number, otherMs: number): boolean {
  return Math.abs(oneMs - otherMs) < 0.002
}

type Rights = Pick<Stats, 'mode' | 'uid' | 'gid'>

/** By making one: the umask does not tell all where volumes have owners and lists of their own. */
async function rightsOfNewFolder(layout: Layout): Promise<Rights> {
  const folder = layout.newTree()
  await mkdir(folder)
  const found = lstatSync(folder)
  await rmdir(folder)
  return found
}

/** The names in it; none when no folder is there. What stands in its place is removed. */
async function openFolder(path: string, rights: Rights): Promise<readonly string[]> {
  const folder = path.slice(0, -1)
  const found = lstatSync(folder, { throwIfNoEntry: false })
  if (found === undefined) return []
  if (!found.isDirectory()) {
    await rm(folder)
    return []
  }
  if (found.uid !== rights.uid || found.gid !== rights.gid) {
    throw new Error(`${folder} has another owner`)
  }
  if (found.mode !== rights.mode) await chmod(folder, rights.mode & 0o7777)
  return readdirSync(folder)
}

interface Pauses {
  /** To be asked for each file: only when it is so one waits. */
  isDue(): boolean
  /** @throws Error when it is to stop. */
  now(): Promise<void>
}

/** Lets others have the thread now and then. */
function pauses(stop: AbortSignal): Pauses {
  let count = 0
  return {
    isDue: () => ++count % 256 === 0,
    now() {
      stop.throwIfAborted()
      return new Promise((resolve) => setImmediate(resolve))
    },
  }
}
