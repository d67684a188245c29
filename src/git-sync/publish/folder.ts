import { constants } from 'node:fs'
import { access, readFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { type Committed, committedIn } from '#git-sync/tree/committed.ts'
import type { Layout } from '#git-sync/tree/layout.ts'
import { recordedOptions } from '#git-sync/tree/recipe.ts'
import { adminOf, namedTree, type Served } from '#git-sync/tree/served.ts'
import { patternsOf } from '#git-sync/tree/sparse.ts'
import { retire } from '#git-sync/tree/sweep.ts'
import type { Clock } from '#kit/clock.ts'
import { foundAt, namesIn, sweepTemporary, symlinkAtomic } from '#kit/files.ts'
import { type CompareOptions, compareFolder, type Difference } from './compare-folder.ts'
import type { Durability } from './durability.ts'
import { type FolderHead, type FolderRecord, forgetOthers, recordOf } from './folder-record.ts'
import { openFolder } from './place-tree.ts'
import { PlaceTakenError } from './publish.ts'
import { openStaging, sweepStaging, unseen } from './staging.ts'
import { writeFolder } from './write-folder.ts'

export interface FolderOptions {
  readonly layout: Layout
  /** The folder that consumers find. */
  readonly link: string
  /** A link of ours that names the tree which that folder shows. */
  readonly pointer: string
  /** The folder of the repository to show, or empty. */
  readonly subdir: string
  readonly bootIdFile: string
  readonly clock: Clock
  readonly stop: AbortSignal
  /** Null when nobody wants it. */
  readonly durability: Durability | null
}

/** What the modes have in common that publish a folder instead of a link. */
export interface Folder {
  check(): Promise<void>
  stands(served: Served): Promise<boolean>
  /** Makes a folder of ours equal to what is published of a tree, by what is different. */
  fill(folder: string, placed: Served): Promise<void>
  /** To be called before another kind of thing at the link gives way. */
  giveGrace(): Promise<void>
  /** To be called when the folder is shown: what else is `held` stays known. */
  settle(placed: Served, held: readonly string[]): Promise<void>
}

export function folderOf(options: FolderOptions): Folder {
  const { layout, link, pointer, subdir, clock, stop, durability } = options

  const compare = (
    record: FolderRecord,
    how: Pick<CompareOptions, 'folder' | 'source' | 'wanted' | 'believesRecord'>,
  ): Promise<Difference> => compareFolder({ ...how, before: record.entries(), stop })

  return {
    async check() {
      const found = foundAt(link)
      if (!found?.isDirectory()) {
        await openFolder(link)
        return
      }
      await access(link, constants.W_OK | constants.X_OK).catch((cause: unknown) => {
        throw new Error(
          `Cannot publish at ${link}: it cannot be written; let this user write there`,
          {
            cause,
          },
        )
      })
      if (recordOf(layout, link)?.isThere()) return
      // Each new file system has that one.
      if ((await namesIn(link)).every((name) => name === 'lost+found')) return
      throw new PlaceTakenError(
        `Cannot publish at ${link}: a folder is there with files that are not ours; move them away or choose another --link`,
      )
    },
    async stands(served) {
      const record = recordOf(layout, link)
      const head = record?.isWhole() ? record.head() : null
      if (!record || head?.commit !== served.commit || head.subdir !== subdir) return false
      if (head.options !== (await optionsOf(served.tree))) return false
      const boot = await bootOf(options)
      if (head.boot === boot) return true
      const { wanted } = await wantedOf(served, subdir)
      const source = join(served.tree, subdir)
      const how = { folder: link, source, wanted, believesRecord: false }
      const difference = await compare(record, how)
      if (!isNone(difference)) return false
      await record.finish({ ...head, boot }, difference.entries)
      return true
    },
    async fill(folder, placed) {
      const record = recordOf(layout, folder)
      if (record === null) throw new Error(`Cannot fill ${folder}: it is no folder any more`)
      const { wanted, attributes } = await wantedOf(placed, subdir)
      const made: FolderHead = {
        ...{ commit: placed.commit, subdir, attributes },
        options: await optionsOf(placed.tree),
        boot: await bootOf(options),
      }
      await sweepStaging(folder)
      await sweepTemporary(layout.published, { nowMs: clock.nowMs(), olderThanMs: 0 })
      const source = join(placed.tree, subdir)
      const believesRecord = isAlikeMade(record.head(), made)
      const difference = await compare(record, { folder, source, wanted, believesRecord })
      const { additions, changes, entries } = difference
      if (!isNone(difference)) {
        const isSeen = folder === link
        const paths = [...additions, ...changes].map(({ path }) => path)
        await record.begin(paths, { adds: isSeen && additions.length > 0 })
        await using staging = isSeen ? await openStaging(folder, layout.published) : unseen
        await writeFolder(difference, { folder, source, staging, stop, durability })
      }
      await record.finish(made, entries)
    },
    async giveGrace() {
      const linked = await namedTree(layout, link)
      if (linked !== null) await retire(linked.tree, clock.nowMs())
    },
    async settle({ tree }, held) {
      await symlinkAtomic(relative(dirname(pointer), tree), pointer)
      await forgetOthers(layout, [link, ...held])
    },
  }
}

function isNone({ additions, changes, removals }: Difference): boolean {
  return additions.length + changes.length + removals.length === 0
}

interface Wanted {
  readonly wanted: readonly Committed[]
  /** Of the files that say how others are written. */
  readonly attributes: string
}

async function wantedOf({ tree, commit }: Served, subdir: string): Promise<Wanted> {
  const prefix = subdir === '' ? '' : `${subdir}/`
  const hasher = new Bun.CryptoHasher('sha256')
  const wanted: Committed[] = []
  for await (const one of committedIn({ path: tree, commit })) {
    const { path, what } = one
    // Also above the folder that is published: they are for what is below.
    if (/(^|\/)\.gitattributes$/.test(path)) hasher.update(`${path}\0${what}\0`)
    if (path.startsWith(prefix)) wanted.push({ ...one, path: path.slice(prefix.length) })
  }
  return { wanted, attributes: hasher.digest('hex') }
}

/** True when the same content in a commit is the same content on disk. */
function isAlikeMade(before: FolderHead | null, now: FolderHead): boolean {
  if (before === null || before.boot !== now.boot) return false
  // Settings may name programs and files that mean something else today.
  return (
    before.options === now.options &&
    before.attributes === now.attributes &&
    !/"--git-config":"[^"]/.test(now.options)
  )
}

async function optionsOf(tree: string): Promise<string> {
  const admin = await adminOf(tree)
  if (admin === null) return ''
  return JSON.stringify([await recordedOptions(admin), await patternsOf(admin)])
}

async function bootOf({ bootIdFile }: FolderOptions): Promise<string> {
  // Where nobody tells, the files are read once by each process.
  return readFile(bootIdFile, 'utf8').then(
    (text) => text.trim(),
    () => ofThisProcess,
  )
}

const ofThisProcess = crypto.randomUUID()
