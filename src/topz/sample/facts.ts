import { statSync } from 'node:fs'
import { containerPathOf, memberPathOf, podUidOf } from '#topz/cgroupfs/container-key.ts'
import type { CgroupLine } from '#topz/procfs/cgroup.ts'
import { parseCgroup } from '#topz/procfs/cgroup.ts'
import type { Cmdline } from '#topz/procfs/cmdline.ts'
import { maxOpenFiles } from '#topz/procfs/limits.ts'
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
 * Reads what seldom changes, but for the arguments, which come later: `withArguments`. Those known
 * before stay as long as the name does.
 */
export function factsOf(
  folder: string,
  { name, container, before }: { name: string; container: string; before: Facts | null },
): Facts {
  const known = before?.name === name ? before : null
  const uid = uidOf(folder)
  const openFilesLimit = openFilesLimitOf(folder)
  if (
    known !== null &&
    known.uid === uid &&
    known.container === container &&
    known.openFilesLimit === openFilesLimit
  ) {
    return known
  }
  return {
    name,
    args: known?.args ?? [],
    argsCut: known?.argsCut ?? false,
    argsMissing: known === null ? 'not-answered' : known.argsMissing,
    uid,
    openFilesLimit,
    container,
  }
}

/**
 * The same with the arguments that the kernel told, null when it refused. A zombie and a process that
 * ends meanwhile have none any more, so those known before stay.
 */
export function withArguments(facts: Facts, answer: Cmdline | null): Facts {
  const argsMissing = answer === null ? 'not-offered' : null
  const { args, cut } =
    answer === null || answer.args.length === 0 ? { args: facts.args, cut: facts.argsCut } : answer
  const same =
    facts.argsMissing === argsMissing &&
    facts.args.length === args.length &&
    facts.args.every((arg, index) => arg === args[index])
  return same ? facts : { ...facts, args, argsCut: cut, argsMissing }
}

/** The owner of the folder itself is the effective uid, also of a process that may not be dumped. */
function uidOf(folder: string): Figure {
  try {
    return statSync(folder).uid
  } catch (error) {
    return missingOf(error, 'ended')
  }
}

function openFilesLimitOf(folder: string): Figure {
  try {
    return maxOpenFiles(readText(`${folder}/limits`, 8192)) ?? 'not-offered'
  } catch (error) {
    return missingOf(error, 'not-offered')
  }
}
