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
const headerBytes = 12
/** Times, device, inode, mode, user, group and size: ten numbers of four bytes. */
const statBytes = 40
const modeAt = 24
const hasMoreFlags = 0x4000
const nameLengthMask = 0xfff

/**
 * The gitlinks of an index that git has just written. Read by ourselves, because nothing else tells
 * without a program that a tree has none, and git has no way to list these alone.
 *
 * The format (gitformat-index(5)): `DIRC`, the version and the number of entries, each of four bytes;
 * then the entries: `statBytes` of stat, the object's hash, two bytes of flags (two more when
 * `hasMoreFlags`) and the name. In versions 2 and 3 the name ends in one to eight NULs, so that the
 * entry's length is a multiple of eight. In version 4 there stands first how many bytes of the name
 * before are to be cut off, then what comes in their place, and one NUL. Then come extensions.
 *
 * @throws Error naming the file when it is of another form.
 */
export async function readGitlinks(
  path: string,
  { hashBytes }: { readonly hashBytes: 20 | 32 },
): Promise<readonly Gitlink[]> {
  const index = await readFile(path)
  const version = index.toString('latin1', 0, 4) === 'DIRC' ? index.readUInt32BE(4) : 0
  if (version < 2 || version > 4) throw unreadable(path, `its version is ${version}`)
  const count = index.readUInt32BE(8)
  const links: Gitlink[] = []
  let name: Buffer = Buffer.alloc(0)
  let at = headerBytes
  for (let entry = 0; entry < count; entry++) {
    const start = at
    const isGitlink = index.readUInt32BE(start + modeAt) === gitlinkMode
    const hashAt = start + statBytes
    at = hashAt + hashBytes
    const flags = index.readUInt16BE(at)
    at += flags & hasMoreFlags ? 4 : 2
    if (version === 4) {
      const cut = readOffset(index, at)
      const end = index.indexOf(0, cut.end)
      name = Buffer.concat([
        name.subarray(0, name.length - cut.value),
        index.subarray(cut.end, end),
      ])
      at = end + 1
    } else {
      const length = flags & nameLengthMask
      const end = length < nameLengthMask ? at + length : index.indexOf(0, at)
      if (isGitlink) name = index.subarray(at, end)
      at = start + (((end - start) >> 3) + 1) * 8
    }
    if (!isGitlink) continue
    const commit = toCommit(index.toString('hex', hashAt, hashAt + hashBytes))
    const path = name.toString('utf8')
    if (!isUtf8(name)) throw new Error(`Cannot read the path of the submodule ${path}: no UTF-8`)
    links.push({ path, commit })
  }
  // Its entries are elsewhere: git writes such an index only when it is told to.
  if (index.toString('latin1', at, at + 4) === 'link') throw unreadable(path, 'it is a split one')
  return links
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
