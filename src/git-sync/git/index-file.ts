import { isUtf8 } from 'node:buffer'
import { readFile } from 'node:fs/promises'
import type { Commit } from './refs.ts'
import { toCommit } from './refs.ts'

/** A place in a tree where a submodule belongs: the commit that the tree wants there. */
export interface Gitlink {
  /** From the top of the tree. */
  readonly path: string
  readonly commit: Commit
}

const gitlinkMode = 0o160000
const gitlinkModeBytes = Buffer.from([0, 0, gitlinkMode >> 8, gitlinkMode & 0xff])
const headerBytes = 12
/** Times, device, inode, mode, user, group and size: ten numbers of four bytes. */
const statBytes = 40
const modeAt = 24
/** An extension: the entries are in another file. */
const splitSign = 'link'
const hasMoreFlags = 0x4000
const isSkippedFlag = 0x4000
const nameLengthMask = 0xfff

/**
 * The gitlinks of an index that git has just written. Read by ourselves, because nothing else tells
 * without a program that a tree has none, and git has no way to list these alone.
 * @throws Error naming the file when it is of another form.
 */
export async function readGitlinks(path: string, form: IndexForm): Promise<readonly Gitlink[]> {
  const index = await readFile(path)
  demandVersion(index, path)
  // A flip may wait for this: without one of these bytes no entry needs to be looked at.
  if (!index.includes(gitlinkModeBytes) && !index.includes(splitSign)) return []
  const links: Gitlink[] = []
  for (const entry of entriesOf(index, { path, ...form })) {
    if (index.readUInt32BE(entry.at + modeAt) !== gitlinkMode) continue
    const hashAt = entry.at + statBytes
    const commit = toCommit(index.toString('hex', hashAt, hashAt + form.hashBytes))
    links.push({ path: nameOf(entry), commit })
  }
  return links
}

/** What git noted of a file or link when it wrote it. Inode and size are cut to 32 bits. */
export interface IndexEntry {
  /** From the top of the tree. */
  readonly path: string
  readonly mode: number
  /** A place for one: of it the rest says nothing. */
  readonly isSubmodule: boolean
  readonly inode: number
  readonly sizeBytes: number
  readonly modifiedMs: number
  /** When anything of it changed: rights, owner, number of links, content. */
  readonly changedMs: number
  /** A sparse checkout leaves it out. */
  readonly isSkipped: boolean
}

/**
 * All entries of an index, in the order of the bytes of their paths.
 * @throws Error naming the file when it is of another form, or tells of whole folders.
 */
export function* readEntries(
  index: Buffer,
  options: IndexForm & { readonly path: string },
): Generator<IndexEntry, undefined> {
  for (const entry of entriesOf(index, options)) {
    const { at } = entry
    const mode = index.readUInt32BE(at + modeAt)
    const type = mode & 0o170000
    if (type !== 0o100000 && type !== 0o120000 && type !== gitlinkMode) {
      throw unreadable(options.path, `${nameOf(entry)} is no file`)
    }
    yield {
      path: nameOf(entry),
      mode,
      isSubmodule: type === gitlinkMode,
      changedMs: timeMs(index, at),
      modifiedMs: timeMs(index, at + 8),
      inode: index.readUInt32BE(at + 20),
      sizeBytes: index.readUInt32BE(at + 36),
      isSkipped: (entry.moreFlags & isSkippedFlag) !== 0,
    }
  }
}

/** What an index has at a path: a file, a symbolic link, or a submodule's commit. */
export interface IndexContent
  extends Pick<IndexEntry, 'path' | 'mode' | 'sizeBytes' | 'isSkipped'> {
  /** Of the content, or of the commit. */
  readonly hash: string
}

/**
 * The same entries by what they hold, with those of submodules.
 * @throws Error naming the file when it is of another form.
 */
export function* readContents(
  index: Buffer,
  options: IndexForm & { readonly path: string },
): Generator<IndexContent, undefined> {
  for (const entry of entriesOf(index, options)) {
    const hashAt = entry.at + statBytes
    yield {
      path: nameOf(entry),
      mode: index.readUInt32BE(entry.at + modeAt),
      hash: index.toString('hex', hashAt, hashAt + options.hashBytes),
      sizeBytes: index.readUInt32BE(entry.at + 36),
      isSkipped: (entry.moreFlags & isSkippedFlag) !== 0,
    }
  }
}

function timeMs(index: Buffer, at: number): number {
  return index.readUInt32BE(at) * 1000 + index.readUInt32BE(at + 4) / 1e6
}

interface IndexForm {
  readonly hashBytes: 20 | 32
}

/** Where an entry is. One object for all: there may be very many. */
interface RawEntry {
  at: number
  moreFlags: number
  name: Buffer
  nameStart: number
  nameEnd: number
}

/**
 * The format (gitformat-index(5)): `DIRC`, the version and the number of entries, each of four bytes;
 * then the entries: `statBytes` of stat, the object's hash, two bytes of flags (two more when
 * `hasMoreFlags`) and the name. In versions 2 and 3 the name ends in one to eight NULs, so that the
 * entry's length is a multiple of eight. In version 4 there stands first how many bytes of the name
 * before are to be cut off, then what comes in their place, and one NUL. Then come extensions.
 */
function* entriesOf(
  index: Buffer,
  { path, hashBytes }: IndexForm & { readonly path: string },
): Generator<RawEntry, undefined> {
  const version = demandVersion(index, path)
  const count = index.readUInt32BE(8)
  const entry: RawEntry = { at: headerBytes, moreFlags: 0, name: index, nameStart: 0, nameEnd: 0 }
  let end = headerBytes
  for (let number = 0; number < count; number++) {
    const at = end
    const flagsAt = at + statBytes + hashBytes
    const flags = index.readUInt16BE(flagsAt)
    const hasMore = (flags & hasMoreFlags) !== 0
    const nameAt = flagsAt + (hasMore ? 4 : 2)
    entry.at = at
    entry.moreFlags = hasMore ? index.readUInt16BE(flagsAt + 2) : 0
    if (version === 4) {
      const cut = readOffset(index, nameAt)
      const nul = index.indexOf(0, cut.end)
      const kept = number === 0 ? 0 : entry.nameEnd - cut.value
      entry.name = Buffer.concat([entry.name.subarray(0, kept), index.subarray(cut.end, nul)])
      entry.nameEnd = entry.name.length
      end = nul + 1
    } else {
      const length = flags & nameLengthMask
      entry.nameStart = nameAt
      entry.nameEnd = length < nameLengthMask ? nameAt + length : index.indexOf(0, nameAt)
      end = at + (((entry.nameEnd - at) >> 3) + 1) * 8
    }
    yield entry
  }
  // Its entries are elsewhere: git writes such an index only when it is told to.
  if (index.toString('latin1', end, end + 4) === splitSign)
    throw unreadable(path, 'it is a split one')
}

/** The version of an index, when it is one that is read here. @throws Error naming the file else. */
function demandVersion(index: Buffer, path: string): number {
  const version = index.toString('latin1', 0, 4) === 'DIRC' ? index.readUInt32BE(4) : 0
  if (version < 2 || version > 4) throw unreadable(path, `its version is ${version}`)
  return version
}

/** @throws Error quoting it when it is no UTF-8. */
function nameOf({ name, nameStart, nameEnd }: RawEntry): string {
  const text = name.toString('utf8', nameStart, nameEnd)
  // What is no UTF-8 becomes this sign, which may also stand there by itself.
  if (text.includes('\uFFFD') && !isUtf8(name.subarray(nameStart, nameEnd))) {
    throw new Error(`Cannot read the path ${text} of an index: no UTF-8`)
  }
  return text
}

/** A number in groups of seven bits, the highest first; all bytes but the last have their top bit set. */
function readOffset(
  bytes: Buffer,
  start: number,
): { readonly value: number; readonly end: number } {
  let at = start
  let byte = bytes.readUInt8(at++)
  let value = byte & 0x7f
  while (byte & 0x80) {
    byte = bytes.readUInt8(at++)
    value = (value + 1) * 128 + (byte & 0x7f)
  }
  return { value, end: at }
}

function unreadable(path: string, why: string): Error {
  return new Error(
    `Cannot look for submodules in ${path}: ${why}; give no core.splitIndex in --git-config`,
  )
}
