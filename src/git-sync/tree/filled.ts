import { readFile, writeFile } from 'node:fs/promises'
import { join, relative, resolve } from 'node:path'
import { codeOf } from '#kit/files.ts'

/** A place of a submodule in one tree. All of them stay the same as long as the tree is used. */
export interface Filled {
  /** The repository around it, from the top of the tree; empty when that is the tree itself. */
  readonly within: string
  /** From there. */
  readonly path: string
  /** Its private folder in its store; null when its folder was left empty. */
  readonly admin: string | null
}

/** Notes the submodules of a tree, each after the one around it, in the tree's private folder. */
export async function recordFilled(admin: string, filled: readonly Filled[]): Promise<void> {
  if (filled.length === 0) return
  // From here, so that it holds wherever the volume is mounted.
  const lines = filled.map((one) => ({
    ...one,
    admin: one.admin === null ? null : relative(admin, one.admin),
  }))
  await writeFile(recordFile(admin), `${JSON.stringify(lines)}\n`)
}

/** The submodules of a tree as noted; none without a note. */
export async function filledIn(admin: string): Promise<readonly Filled[]> {
  const lines = JSON.parse(await readRecord(admin)) as readonly Filled[]
  return lines.map((one) => ({
    ...one,
    admin: one.admin === null ? null : resolve(admin, one.admin),
  }))
}

/** Of one level: those directly in the tree itself, or directly in one submodule. */
export function filledAt(
  within: string,
  filled: readonly Filled[],
): ReadonlyMap<string, string | null> {
  const here = filled.filter((one) => one.within === within)
  return new Map(here.map(({ path, admin }) => [path, admin]))
}

async function readRecord(admin: string): Promise<string> {
  try {
    return await readFile(recordFile(admin), 'utf8')
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return '[]'
    throw error
  }
}

function recordFile(admin: string): string {
  return join(admin, 'sync-submodules')
}
