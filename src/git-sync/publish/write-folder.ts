import { lstatSync, mkdirSync, rmdirSync, unlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Committed } from '#git-sync/tree/committed.ts'
import { codeOf, foundAt } from '#kit/files.ts'
import { pauses } from '#kit/pauses.ts'
import { type Difference, seenOf } from './compare-folder.ts'
import type { Durability } from './durability.ts'
import { copyTo } from './files-alike.ts'
import { type Staging, unseen } from './staging.ts'

export interface WriteOptions {
  readonly folder: string
  /** Where the files of the commit are. */
  readonly source: string
  readonly staging: Staging
  readonly stop: AbortSignal
  /** Null when nobody wants it. */
  readonly durability: Durability | null
}

/**
 * Makes a folder what it was compared with, and notes what is seen of the new files. What is new comes
 * first, then each file that changed is replaced by a rename, and at last goes what is no more: a page
 * never names a file that is not there yet. What is in the way of a folder goes before it. With
 * `durability` a file is on the disk before it takes its name in a folder that is seen, and each of the
 * three steps before the next one begins.
 * @throws Error naming the path that cannot be written: each is of either commit then.
 */
export async function writeFolder(difference: Difference, options: WriteOptions): Promise<void> {
  const { entries, additions, changes, removals } = difference
  const { folder } = options
  const pause = pauses(options.stop, { everySteps: 64 })
  const made = new Set<string>(['.'])
  for (const step of [additions, changes]) {
    for (const one of step) {
      await pause()
      makeWay(folder, dirname(one.path), made)
      await write(one, { ...options, pause })
      const seen = seenOf(lstatSync(join(folder, one.path)))
      entries.set(one.path, { what: one.what, seen })
    }
    await makeDurable(step, options)
  }
  for (const path of removals) {
    await pause()
    remove(join(folder, path))
    // A folder may be wanted empty, as that of a submodule without files.
    for (let at = dirname(path); at !== '.' && !entries.has(at); at = dirname(at)) {
      if (!remove(join(folder, at), { folders: true })) break
    }
  }
  await makeDurable(
    removals.map((path) => ({ path, kind: 'folder' })),
    options,
  )
}

/** What was written is on the disk, and the folders around it, as far as they are there. */
async function makeDurable(
  written: readonly Pick<Committed, 'path' | 'kind'>[],
  { folder, staging, durability }: WriteOptions,
): Promise<void> {
  if (durability === null || written.length === 0) return
  const folders = new Set<string>()
  for (const { path } of written) {
    for (let at = dirname(path); !folders.has(at); at = dirname(at)) folders.add(at)
  }
  if (staging === unseen) {
    const files = written.filter(({ kind }) => kind === 'file')
    await durability.files(files.map(({ path }) => join(folder, path)))
  }
  const paths = [...folders].map((path) => join(folder, path))
  await durability.folders(paths.filter((path) => foundAt(path)?.isDirectory()))
}

/** Makes the folders on a way; a file or link of ours that stands there goes. */
function makeWay(folder: string, way: string, made: Set<string>): void {
  if (made.has(way)) return
  makeWay(folder, dirname(way), made)
  const path = join(folder, way)
  const found = foundAt(path)
  if (!found?.isDirectory()) {
    if (found !== null) unlinkSync(path)
    mkdirSync(path)
  }
  made.add(way)
}

async function write(
  { path, kind }: Committed,
  {
    folder,
    source,
    staging,
    durability,
    pause,
  }: WriteOptions & { readonly pause: () => Promise<void> | null },
): Promise<void> {
  const target = join(folder, path)
  const from = join(source, path)
  try {
    const found = foundAt(target)
    if (found?.isDirectory()) await staging.takeAway(target)
    if (kind === 'folder') {
      if (found !== null && !found.isDirectory()) unlinkSync(target)
      mkdirSync(target)
    } else {
      await staging.put(target, async (temporary) => {
        await copyTo(temporary, { from, found: lstatSync(from), pause })
        if (staging !== unseen && kind === 'file') await durability?.files([temporary])
      })
    }
  } catch (cause) {
    throw new Error(`Cannot write ${target}`, { cause })
  }
}

/** True when it is gone. Folders go when they are empty; `folders` says to leave all else. */
function remove(path: string, { folders = false } = {}): boolean {
  const found = foundAt(path)
  if (found === null) return true
  try {
    if (found.isDirectory()) rmdirSync(path)
    else if (folders) return false
    else unlinkSync(path)
    return true
  } catch (error) {
    // Others have files in it, or a volume is mounted there.
    if (['ENOTEMPTY', 'EEXIST', 'EBUSY'].includes(codeOf(error) ?? '')) return false
    throw error
  }
}
