import { statSync } from 'node:fs'
import { containerPathOf, memberPathOf, podUidOf } from '#topz/cgroupfs/container-key.ts'
import type { CgroupLine } from '#topz/procfs/cgroup.ts'
import { parseCgroup } from '#topz/procfs/cgroup.ts'
import type { Cmdline } from '#topz/procfs/cmdline.ts'
import { maxCmdlineBytes, parseCmdline } from '#topz/procfs/cmdline.ts'
import type { Figure } from '#topz/procfs/missing.ts'
import { missingOf } from '#topz/procfs/missing.ts'
import { readBytes, readText } from '#topz/procfs/read-file.ts'
import { emptyStat, parseStat } from '#topz/procfs/stat.ts'
import type { Facts } from './sample.ts'

/** Where a process belongs, and the lines that told so. */
export interface Membership {
  readonly key: string
  readonly podUid: string | null
  readonly lines: readonly CgroupLine[]
}

/** Without lines: not told. */
const nowhere: Membership = { key: '/', podUid: null, lines: [] }

/**
 * Never fails: what cannot be read is absent. On v1 the kernel tells `/` for each process that is
 * ending, wherever it was.
 */
export function membershipOf(folder: string): Membership {
  try {
    const lines = parseCgroup(readText(`${folder}/cgroup`, 65536))
    const path = memberPathOf(lines)
    if (path === '/' && isExiting(folder)) return nowhere
    return { key: containerPathOf(path).key, podUid: podUidOf(path), lines }
  } catch {
    return nowhere
  }
}

/** Asked after its lines were read: it may have begun to end while they were. */
function isExiting(folder: string): boolean {
  const bytes = readBytes(`${folder}/stat`, 1024)
  const fields = emptyStat()
  return !parseStat(bytes, bytes.length, fields) || fields.exiting
}

/**
 * Reads what seldom changes. A zombie and a process that ends meanwhile have no arguments any more,
 * so those known before stay.
 */
export function factsOf(
  folder: string,
  { name, container, before }: { name: string; container: string; before: Facts | null },
): Facts {
  const read = cmdlineOf(folder)
  const keep = read.args.length === 0 && before !== null && before.name === name
  const args = keep ? before.args : read.args
  const argsCut = keep ? before.argsCut : read.cut
  const uid = uidOf(folder)
  if (
    before !== null &&
    sameFacts(before, { name, args, argsCut, uid, container, openFilesLimit: 'not-offered' })
  )
    return before
  return { name, args, argsCut, uid, container, openFilesLimit: 'not-offered' }
}

function cmdlineOf(folder: string): Cmdline {
  try {
    return parseCmdline(readBytes(`${folder}/cmdline`, maxCmdlineBytes))
  } catch {
    return { args: [], cut: false }
  }
}

/** The owner of the folder itself is the effective uid, also of a process that may not be dumped. */
function uidOf(folder: string): Figure {
  try {
    return statSync(folder).uid
  } catch (error) {
    return missingOf(error, 'ended')
  }
}

function sameFacts(a: Facts, b: Facts): boolean {
  return (
    a.name === b.name &&
    a.uid === b.uid &&
    a.container === b.container &&
    a.args.length === b.args.length &&
    a.args.every((arg, index) => arg === b.args[index])
  )
}
