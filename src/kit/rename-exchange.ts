import { dlopen } from 'bun:ffi'
import { lstat, rename } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { randomHex } from './random-hex.ts'

/** renameat2(2): AT_FDCWD makes relative paths mean the working folder, as rename's do. */
const AT_FDCWD = -100
const RENAME_EXCHANGE = 2

type Renameat2 = (
  fromFolder: number,
  from: Buffer,
  toFolder: number,
  to: Buffer,
  flags: number,
) => number

let renameat2: Renameat2 | null | undefined

/**
 * Swaps two paths. In one step where the C library and the file system can (`true`); else by three
 * renames, between which `to` is missing for a moment (`false`).
 */
export async function renameExchange(from: string, to: string): Promise<boolean> {
  if (exchangeAtOnce(from, to)) return true
  await lstat(from)
  const aside = join(dirname(to), `.sidecars-tmp-${randomHex(8)}`)
  await rename(to, aside)
  try {
    await rename(from, to)
  } catch (error) {
    await rename(aside, to)
    throw error
  }
  await rename(aside, from)
  return false
}

/** Swaps two paths in one step; false, and nothing is changed, where that cannot be. */
export function exchangeAtOnce(from: string, to: string): boolean {
  renameat2 ??= load()
  return renameat2?.(AT_FDCWD, path(from), AT_FDCWD, path(to), RENAME_EXCHANGE) === 0
}

function load(): Renameat2 | null {
  try {
    const library = dlopen('libc.so.6', {
      renameat2: { args: ['i32', 'buffer', 'i32', 'buffer', 'u32'], returns: 'i32' },
    })
    return library.symbols.renameat2 as Renameat2
  } catch {
    return null
  }
}

function path(text: string): Buffer {
  return Buffer.from(`${text}\0`)
}
