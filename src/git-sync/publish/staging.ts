import { renameSync, rmSync } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { codeOf, isTemporary, namesIn, temporaryBeside } from '#kit/files.ts'

/** Where what is to be put into a folder is built before it takes its name there by a rename. */
export interface Staging extends AsyncDisposable {
  /** Builds under a name that is free, then renames that to `target`. */
  put(target: string, build: (temporary: string) => Promise<void>): Promise<void>
  /** Takes a folder away from its name in one step. */
  takeAway(path: string): Promise<void>
}

/**
 * Builds in `outside`, so that those who watch the folder see nothing but what changes in it. When
 * that is another file system, or another mount, a hidden folder within is used.
 */
export async function openStaging(folder: string, outside: string): Promise<Staging> {
  let at = await newFolder(outside)
  let isOutside = true
  let names = 0

  /** @throws Error of the first that fails, but for that it was built on another file system. */
  async function moved(act: () => Promise<void> | void): Promise<void> {
    try {
      await act()
    } catch (error) {
      if (codeOf(error) !== 'EXDEV' || !isOutside) throw error
      await rm(at, { recursive: true, force: true })
      at = await newFolder(folder)
      isOutside = false
      await act()
    }
  }

  return {
    put: (target, build) =>
      moved(async () => {
        const temporary = join(at, String(names++))
        try {
          await build(temporary)
          renameSync(temporary, target)
        } catch (error) {
          rmSync(temporary, { recursive: true, force: true })
          throw error
        }
      }),
    takeAway: (path) => moved(() => renameSync(path, join(at, String(names++)))),
    [Symbol.asyncDispose]: () => rm(at, { recursive: true, force: true }),
  }
}

/** For a folder that nobody sees yet: what is built stands in its place at once. */
export const unseen: Staging = {
  async put(target, build) {
    rmSync(target, { force: true })
    await build(target)
  },
  async takeAway(path) {
    rmSync(path, { recursive: true })
  },
  async [Symbol.asyncDispose]() {},
}

const lastPart = 'publishing'

async function newFolder(around: string): Promise<string> {
  const path = temporaryBeside(join(around, lastPart))
  await mkdir(path, { recursive: true, mode: 0o700 })
  return path
}

/** Removes what killed processes were building. Others may have temporary names there, too. */
export async function sweepStaging(folder: string): Promise<void> {
  for (const name of await namesIn(folder)) {
    if (!isTemporary(name) || !name.endsWith(`-${lastPart}`)) continue
    await rm(join(folder, name), { recursive: true, force: true })
  }
}
