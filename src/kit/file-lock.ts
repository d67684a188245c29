import { dlopen } from 'bun:ffi'
import { closeSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs'

/** flock(2): held until every process that has the descriptor has closed it. */
const LOCK_EX = 2
const LOCK_NB = 4

type Flock = (descriptor: number, operation: number) => number

let flock: Flock | null | undefined

export type LockAnswer =
  | { readonly kind: 'held'; readonly lock: FileLock }
  /** Another process holds it; `by` is what that one wrote into the file. */
  | { readonly kind: 'taken'; readonly by: string }
  /** This file system or system has no such locks. */
  | { readonly kind: 'unsupported' }

export interface FileLock {
  /** Children that get it keep the lock held while they live. */
  readonly descriptor: number
  release(): void
}

/** Tries to take the lock on a file, which it makes and writes `owner` into. Never waits. */
export function tryLock(path: string, owner: string): LockAnswer {
  flock ??= load()
  if (flock === null) return { kind: 'unsupported' }
  const descriptor = openSync(path, 'a+', 0o644)
  if (flock(descriptor, LOCK_EX | LOCK_NB) !== 0) {
    const by = readFileSync(path, 'utf8').trim()
    closeSync(descriptor)
    // Where locks are not offered nobody holds one, and so nobody wrote who it is.
    return by === '' ? { kind: 'unsupported' } : { kind: 'taken', by }
  }
  ftruncateSync(descriptor)
  writeSync(descriptor, `${owner}\n`)
  return {
    kind: 'held',
    lock: { descriptor, release: () => closeSync(descriptor) },
  }
}

function load(): Flock | null {
  try {
    const library = dlopen('libc.so.6', { flock: { args: ['i32', 'i32'], returns: 'i32' } })
    return library.symbols.flock as Flock
  } catch {
    return null
  }
}
