import { lstatSync, readdirSync, type Stats } from 'node:fs'
import { chmod, lstat, mkdir, open, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { randomHex } from './random-hex.ts'

/** Begins every temporary name of ours, so that the left-overs of a killed process are known. */
const temporaryPrefix = '.sidecars-tmp-'

/** A name beside `path` that nobody else has: what is built under it is renamed onto `path`. */
export function temporaryBeside(path: string): string {
  const unique = randomHex(8)
  return join(dirname(path), `${temporaryPrefix}${unique}-${basename(path).slice(0, 64)}`)
}

/** True for a path that `temporaryBeside` gave. */
export function isTemporary(path: string): boolean {
  return basename(path).startsWith(temporaryPrefix)
}

/**
 * Replaces `path` by `content` in one step: readers see the old file or the new, never a part.
 * Makes missing folders above it. `mode` is set as given, whatever the umask.
 */
export async function writeFileAtomic(
  path: string,
  content: string | Uint8Array,
  { mode = 0o644 }: { readonly mode?: number } = {},
): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  await replaceBy(path, async (temporary) => {
    await writeFile(temporary, content, { flag: 'wx', mode })
    await chmod(temporary, mode)
  })
}

/**
 * Makes `path` a symbolic link to `target` in one step, replacing a file or link, not a folder.
 * `ready` is waited for when the link is there under its temporary name beside `path`.
 */
export async function symlinkAtomic(
  target: string,
  path: string,
  { ready }: { readonly ready?: (() => Promise<void>) | undefined } = {},
): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  await replaceBy(path, async (temporary) => {
    await symlink(target, temporary)
    await ready?.()
  })
}

async function replaceBy(path: string, build: (temporary: string) => Promise<void>): Promise<void> {
  const temporary = temporaryBeside(path)
  try {
    await build(temporary)
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true, recursive: true })
    throw error
  }
}

/** Sets the file's times to `nowMs`, making it and the folders above it when missing. */
export async function touch(path: string, nowMs: number): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  await (await open(path, 'a')).close()
  await utimes(path, nowMs / 1000, nowMs / 1000).catch(async (error: unknown) => {
    // Of another user's file only writing to it sets the time: what is empty stays empty by that.
    if (codeOf(error) !== 'EPERM' || (await lstat(path)).size > 0) throw error
    await (await open(path, 'w')).close()
  })
}

/**
 * Removes what killed processes of ours left in `folder`, when it is at least `olderThanMs` old:
 * others may be at work there. Returns the names removed.
 */
export async function sweepTemporary(
  folder: string,
  { nowMs, olderThanMs }: { readonly nowMs: number; readonly olderThanMs: number },
): Promise<string[]> {
  const removed: string[] = []
  for (const name of await namesIn(folder)) {
    if (!isTemporary(name)) continue
    const path = join(folder, name)
    const found = await lstat(path).catch(() => null)
    if (found === null || nowMs - found.ctimeMs < olderThanMs) continue
    await rm(path, { force: true, recursive: true })
    removed.push(name)
  }
  return removed
}

/** Names in a folder; none when there is no such folder. */
export async function namesIn(folder: string): Promise<string[]> {
  try {
    return readdirSync(folder)
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return []
    throw error
  }
}

/** What stands at a path, followed nowhere; null when nothing does. */
export function foundAt(path: string): Stats | null {
  try {
    return lstatSync(path)
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return null
    throw error
  }
}

/** The system's name of an error (`ENOENT`), or null when it is not the system's. */
export function codeOf(error: unknown): string | null {
  const code = error instanceof Error && 'code' in error ? error.code : null
  return typeof code === 'string' ? code : null
}
