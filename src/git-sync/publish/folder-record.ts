import { closeSync, existsSync, openSync, readFileSync, readSync, type Stats } from 'node:fs'
import { mkdir, open, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Layout } from '#git-sync/tree/layout.ts'
import { foundAt, namesIn, temporaryBeside } from '#kit/files.ts'

/** What a folder was made of, all of it. */
export interface FolderHead {
  readonly commit: string
  /** The folder of the repository that it shows, or empty. */
  readonly subdir: string
  /** By these two the same commit has other files: the options of its tree, and its attributes. */
  readonly options: string
  readonly attributes: string
  /** Under which start of the machine: losing power loses writes. */
  readonly boot: string
}

/** One thing that we put there. */
export interface FolderEntry {
  /** What the commit has there. */
  readonly what: string
  /** What the file system said of it when it was written; empty when nobody looked. */
  readonly seen: string
}

export type FolderEntries = ReadonlyMap<string, FolderEntry>

/**
 * What we know of one folder that consumers find. It is named after the folder's inode and birth, so
 * that it belongs to that very folder wherever it is moved, and to no other that takes its place.
 */
export interface FolderRecord {
  /** Null when the folder was never whole. */
  head(): FolderHead | null
  /** What is ours in it: also what was being written when a process was killed. */
  entries(): FolderEntries
  /** False while something is being written, or was when a process was killed. */
  isWhole(): boolean
  /** True when anything is known. */
  isThere(): boolean
  /** To be called before the folder is changed; `adds` when consumers will find something where nothing is. */
  begin(paths: readonly string[], how: { readonly adds: boolean }): Promise<void>
  /** To be called when it is whole. */
  finish(head: FolderHead, entries: FolderEntries): Promise<void>
}

/** The record of a folder, whether there is one or not. Null when there is no such folder. */
export function recordOf({ published }: Layout, folder: string): FolderRecord | null {
  const found = foundAt(folder)
  if (!found?.isDirectory()) return null
  const whole = join(published, nameOf(found))
  const journal = `${whole}-changing`
  return {
    head: () => headIn(whole),
    entries() {
      const entries = new Map<string, FolderEntry>()
      for (const line of linesIn(whole).slice(1)) {
        const [what = '', seen = ''] = line.split('\t', 2)
        entries.set(line.slice(what.length + seen.length + 2), { what, seen })
      }
      for (const path of linesIn(journal)) entries.set(path, { what: '', seen: '' })
      return entries
    },
    isWhole: () => existsSync(whole) && !existsSync(journal),
    isThere: () => existsSync(whole) || existsSync(journal),
    async begin(paths, { adds }) {
      // What an earlier begin told of may be there, too.
      const all = new Set([...linesIn(journal), ...paths])
      await writeLines(journal, [...all], { sync: adds })
      if (adds) await syncFolder(published)
    },
    async finish(head, entries) {
      const lines = [JSON.stringify(head)]
      for (const [path, { what, seen }] of entries) lines.push(`${what}\t${seen}\t${path}`)
      await writeLines(whole, lines, { sync: true })
      await rm(journal, { force: true })
    },
  }
}

/** Forgets the folders that are none of these. */
export async function forgetOthers(
  { published }: Layout,
  folders: readonly string[],
): Promise<void> {
  const kept = folders.map(foundAt).map((found) => (found === null ? '' : nameOf(found)))
  for (const name of await namesIn(published)) {
    if (!/^\d/.test(name) || kept.includes(name.replace('-changing', ''))) continue
    await rm(join(published, name), { force: true })
  }
}

/** An inode is soon given to another folder; where the file system notes no birth, that is 0. */
function nameOf({ ino, birthtimeMs }: Stats): string {
  return `${ino}-${Math.floor(birthtimeMs)}`
}

/** No path has a NUL in it; in the whole record the first line is the head. */
function linesIn(path: string): readonly string[] {
  return existsSync(path) ? readFileSync(path, 'utf8').split('\0').filter(Boolean) : []
}

/** Longer than any head. */
const headBytes = 16_384

function headIn(path: string): FolderHead | null {
  if (!existsSync(path)) return null
  const file = openSync(path, 'r')
  try {
    const start = Buffer.alloc(headBytes)
    const [line = ''] = start.toString('utf8', 0, readSync(file, start)).split('\0', 1)
    return JSON.parse(line) as FolderHead
  } finally {
    closeSync(file)
  }
}

/** With `sync`, losing power must not leave a folder of which nobody knows what is ours in it. */
async function writeLines(
  path: string,
  lines: readonly string[],
  { sync }: { readonly sync: boolean },
): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  const temporary = temporaryBeside(path)
  try {
    await using file = await open(temporary, 'wx', 0o600)
    await file.writeFile(lines.join('\0'))
    if (sync) await file.sync()
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
}

async function syncFolder(path: string): Promise<void> {
  await using folder = await open(path, 'r')
  await folder.sync()
}
