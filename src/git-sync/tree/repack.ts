import {
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Git } from '#git-sync/git/git.ts'
import {
  filesOfPacks,
  forgetFetches,
  hasLooseObject,
  lookAtObjects,
} from '#git-sync/git/object-store.ts'
import { openPackIndex, type PackIndex } from '#git-sync/git/pack-index.ts'
import { isFullHash } from '#git-sync/git/refs.ts'
import { trimShallow } from '#git-sync/git/shallow.ts'
import { standingRefs } from '#git-sync/git/standing-refs.ts'
import { codeOf, namesIn } from '#kit/files.ts'

/**
 * All that a repository's refs and trees name, made one pack beside the others while passes go on.
 * Nothing is removed meanwhile, so whoever reads or fetches is not disturbed, and is not waited for.
 *
 * What is dropped at the end are packs and files that stood before it began. What a fetch brings meanwhile is in
 * packs of its own, and the host left out only what it knew us to have: what refs named all the time.
 * The one other way to name an object is a fetch that finds all of it here, among what nothing names
 * any more: `look` finds that out, and then nothing is dropped.
 */
export interface Repack {
  /** Between two passes, each time: true while nothing was named again that it may have left out. */
  look(): boolean
  /** Rejects when git cannot, or was stopped. */
  readonly made: Promise<void>
  /** Between two passes, after `made`, and when each look was good: the new pack for the others. */
  takeOver(): void
  /** Removes what is not needed any more. */
  clear(): Promise<void>
}

export interface RepackOptions {
  readonly gitDir: string
  /** Tries each object against many others: it takes long, and makes the smallest pack. */
  readonly isThorough: boolean
}

/** Begins it. Only to be called between two passes. */
export function beginRepack(git: Git, { gitDir, isThorough }: RepackOptions): Repack {
  const side = sideOf(gitDir)
  const folder = join(gitDir, 'objects', 'pack')
  rmSync(side, { recursive: true, force: true })
  mkdirSync(join(side, 'pack'), { recursive: true })
  forgetFetches(gitDir)
  const { packs, keptPacks, loose, isPartial } = lookAtObjects(gitDir)
  const before = new Set(packs.filter((pack) => !keptPacks.has(pack)))
  const inode = inodeOf(gitDir)
  let named = standingRefs(gitDir)
  let name = ''

  /** What stays: the new pack and all that came after it was begun. */
  function staying(): readonly string[] {
    const others = lookAtObjects(gitDir).packs.filter((pack) => !before.has(pack))
    return others.map((pack) => join(folder, `${pack}.idx`))
  }

  async function make(): Promise<void> {
    const own = git.withMore({
      env: {
        GIT_DIR: gitDir,
        // Not among the others: a fetch that fails removes there what is unfinished.
        GIT_OBJECT_DIRECTORY: side,
        GIT_ALTERNATE_OBJECT_DIRECTORIES: quoted(join(gitDir, 'objects')),
      },
    })
    const said = await own.run(`Cannot repack ${gitDir}`, [
      'pack-objects',
      ...['--all', '--indexed-objects', '--honor-pack-keep', '--non-empty', '--delta-base-offset'],
      ...['--quiet', '--threads=1'],
      ...(isThorough ? ['--no-reuse-delta', '--window=250', '--depth=50'] : []),
      ...(isPartial ? ['--missing=allow-promisor'] : []),
      join(side, 'pack', 'pack'),
    ])
    if (!isFullHash(said.trim())) throw new Error(`Cannot repack ${gitDir}: nothing is named there`)
    name = `pack-${said.trim()}`
    if (isPartial) writeFileSync(join(side, 'pack', `${name}.promisor`), '')
  }

  return {
    look() {
      // Somebody, perhaps we, put another repository in its place.
      if (inodeOf(gitDir) !== inode) return false
      const now = standingRefs(gitDir)
      const fresh = [...now].filter((hash) => !named.has(hash))
      named = now
      return fresh.length === 0 || withPacks(staying(), (has) => fresh.every(has))
    },
    made: make(),
    takeOver() {
      const files = filesOfPacks(folder)
      for (const file of indexLast(filesOfPacks(join(side, 'pack')).get(name) ?? [])) {
        renameSync(join(side, 'pack', file), join(folder, file))
      }
      const stays = [...staying(), join(folder, `${name}.idx`)]
      withPacks(stays, (has) =>
        trimShallow(gitDir, (hash) => has(hash) || hasLooseObject(gitDir, hash)),
      )
      for (const path of namersOf(gitDir)) rmSync(path, { recursive: true, force: true })
      for (const pack of before) {
        if (pack === name) continue
        for (const file of indexFirst(files.get(pack) ?? [])) {
          // A name that the next start would know for a left-over; to remove a large file takes long.
          renameSync(join(folder, file), join(folder, `tmp_${file}`))
        }
      }
      for (const file of loose) removeLoose(file)
    },
    async clear() {
      await rm(side, { recursive: true, force: true })
      for (const file of await namesIn(folder)) {
        if (file.startsWith('tmp_pack-')) await rm(join(folder, file), { force: true })
      }
    },
  }
}

/** What a killed process of ours left of it. Only to be called while no git runs in this root. */
export async function removeUnfinishedRepack(gitDir: string): Promise<void> {
  await rm(sideOf(gitDir), { recursive: true, force: true }).catch((error: unknown) => {
    // What is there is no repository.
    if (codeOf(error) !== 'ENOTDIR') throw error
  })
}

function sideOf(gitDir: string): string {
  return join(gitDir, 'sync-repack')
}

function withPacks<T>(paths: readonly string[], act: (has: (hash: string) => boolean) => T): T {
  const packs: PackIndex[] = []
  try {
    for (const path of paths) packs.push(openPackIndex(path))
    return act((hash) => packs.some((pack) => pack.has(hash)))
  } finally {
    for (const pack of packs) pack[Symbol.dispose]()
  }
}

function inodeOf(path: string): number | null {
  return statSync(path, { throwIfNoEntry: false })?.ino ?? null
}

/** What names packs and commits that go: a check of the repository would find it damaged. */
function namersOf(gitDir: string): readonly string[] {
  const objects = join(gitDir, 'objects')
  const trees = join(gitDir, 'worktrees')
  return [
    join(objects, 'pack', 'multi-pack-index'),
    join(objects, 'info', 'commit-graph'),
    join(objects, 'info', 'commit-graphs'),
    join(gitDir, 'logs'),
    ...(existsSync(trees) ? readdirSync(trees).map((tree) => join(trees, tree, 'logs')) : []),
  ]
}

/** With its folder, when nothing else is in there. */
function removeLoose(file: string): void {
  rmSync(file, { force: true })
  try {
    rmdirSync(dirname(file))
  } catch {
    // Others are in there.
  }
}

/** Git takes a pack for there when its index is: so it comes last. */
function indexLast(files: readonly string[]): readonly string[] {
  return files.toSorted((a, b) => Number(a.endsWith('.idx')) - Number(b.endsWith('.idx')))
}

function indexFirst(files: readonly string[]): readonly string[] {
  return indexLast(files).toReversed()
}

/** As git reads a list of folders that may have any sign in their names. */
function quoted(path: string): string {
  return `"${path.replaceAll(/["\\]/g, '\\$&')}"`
}
