import { dlopen, type Pointer, read } from 'bun:ffi'
import {
  closeSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readFileSync,
  statSync,
  writeSync,
} from 'node:fs'

/** flock(2): held until every process that has the descriptor has closed it. */
const LOCK_EX = 2
const LOCK_NB = 4
/** errno(3), the same on all Linux: somebody else holds the lock. */
const EWOULDBLOCK = 11
/** The file system, or what stands behind it, has no such locks: EINVAL, ENOLCK, ENOSYS, EOPNOTSUPP. */
const notOffered: readonly number[] = [22, 37, 38, 95]

/** Tries to lock without waiting; gives 0 or the errno. */
type Flock = (descriptor: number) => number

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
  /** False when somebody removed or replaced the file: then it keeps nobody out. */
  stands(): boolean
  release(): void
}

/** Tries to take the lock on a file, which it makes and writes `owner` into. Never waits. */
export function tryLock(path: string, owner: string): LockAnswer {
  flock ??= load()
  if (flock === null) return { kind: 'unsupported' }
  const descriptor = openSync(path, 'a+', 0o666)
  const errno = flock(descriptor)
  if (errno !== 0) {
    const by = readFileSync(path, 'utf8').trim()
    closeSync(descriptor)
    if (notOffered.includes(errno)) return { kind: 'unsupported' }
    if (errno !== EWOULDBLOCK) throw new Error(`Cannot lock ${path}: error ${errno} of flock`)
    return { kind: 'taken', by: by === '' ? 'it has not said who it is' : by }
  }
  try {
    ftruncateSync(descriptor)
    writeSync(descriptor, `${owner}\n`)
  } catch {
    // A full disk: the lock is held all the same.
  }
  return {
    kind: 'held',
    lock: {
      descriptor,
      stands: () => isFileOf(descriptor, path),
      release: () => closeSync(descriptor),
    },
  }
}

function isFileOf(descriptor: number, path: string): boolean {
  const there = statSync(path, { throwIfNoEntry: false })
  if (there === undefined) return false
  const held = fstatSync(descriptor)
  return held.ino === there.ino && held.dev === there.dev
}

function load(): Flock | null {
  try {
    const { symbols } = dlopen('libc.so.6', {
      flock: { args: ['i32', 'i32'], returns: 'i32' },
      __errno_location: { args: [], returns: 'ptr' },
    })
    const errnoAt = symbols.__errno_location() as Pointer
    return (descriptor) =>
      symbols.flock(descriptor, LOCK_EX | LOCK_NB) === 0 ? 0 : read.i32(errnoAt)
  } catch {
    return null
  }
}
