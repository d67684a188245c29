import { existsSync, lstatSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { codeOf } from '#kit/files.ts'

/** What the objects of a repository are kept in. */
export interface ObjectStore {
  /** On the volume, in whole blocks. */
  readonly bytes: number
  /** Their names without an ending. */
  readonly packs: readonly string[]
  /** Those of them that somebody marked to be left alone. */
  readonly keptPacks: ReadonlySet<string>
  /** Files of objects that are in no pack, and what git began to write there. */
  readonly loose: readonly string[]
  /** Their host may be asked for objects that are not here. */
  readonly isPartial: boolean
}

/** Looks, in one step. Nothing is there: nothing is kept. */
export function lookAtObjects(gitDir: string): ObjectStore {
  const objects = join(gitDir, 'objects')
  const folders = namesOf(objects).filter((name) => /^[\da-f]{2}$/.test(name))
  const packed = namesOf(join(objects, 'pack')).filter((name) => name.startsWith('pack-'))
  const inFolders = folders.flatMap((name) =>
    namesOf(join(objects, name)).map((end) => join(objects, name, end)),
  )
  const files = [...packed.map((name) => join(objects, 'pack', name)), ...inFolders]
  return {
    bytes: files.reduce((sum, file) => sum + bytesOf(file), 0),
    packs: packed.filter((name) => name.endsWith('.idx')).map(stemOf),
    keptPacks: new Set(packed.filter((name) => name.endsWith('.keep')).map(stemOf)),
    loose: inFolders,
    isPartial: packed.some((name) => name.endsWith('.promisor')),
  }
}

/** All files of the packs in a folder, by the name of the pack without an ending. */
export function filesOfPacks(folder: string): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>()
  for (const name of namesOf(folder)) {
    if (!name.startsWith('pack-')) continue
    const files = found.get(stemOf(name))
    if (files === undefined) found.set(stemOf(name), [name])
    else files.push(name)
  }
  return found
}

/**
 * Removes the marks by which a fetch that was killed keeps its pack for ever. Only to be called while
 * no fetch runs in this repository.
 */
export function forgetFetches(gitDir: string): void {
  const folder = join(gitDir, 'objects', 'pack')
  for (const name of namesOf(folder)) {
    if (!name.endsWith('.keep')) continue
    const path = join(folder, name)
    if (readFileSync(path, 'utf8').startsWith('fetch-pack ')) rmSync(path)
  }
}

/** True when the object has a file of its own. */
export function hasLooseObject(gitDir: string, hash: string): boolean {
  return existsSync(join(gitDir, 'objects', hash.slice(0, 2), hash.slice(2)))
}

/** Names in a folder; none when there is no such folder. */
function namesOf(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return []
    throw error
  }
}

function stemOf(name: string): string {
  return name.replace(/\..*$/, '')
}

/** Some file systems tell no blocks of a file. */
function bytesOf(path: string): number {
  const found = lstatSync(path, { throwIfNoEntry: false })
  return found === undefined ? 0 : Math.max(found.size, found.blocks * 512)
}
