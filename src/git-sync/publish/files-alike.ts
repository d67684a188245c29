import {
  closeSync,
  fstatSync,
  openSync,
  readlinkSync,
  readSync,
  type Stats,
  symlinkSync,
  writeSync,
} from 'node:fs'

/** One for all: nothing else runs between two lines of a step. */
const [one, other] = [Buffer.allocUnsafe(65_536), Buffer.allocUnsafe(65_536)]

/** Called after each piece of a large file. */
type Pause = () => Promise<void> | null

/** Copies a file with its rights, or a symbolic link, to a name that is free. */
export async function copyTo(
  target: string,
  { from, found, pause }: { readonly from: string; readonly found: Stats; readonly pause: Pause },
): Promise<void> {
  if (found.isSymbolicLink()) {
    symlinkSync(readlinkSync(from), target)
    return
  }
  const source = openSync(from, 'r')
  try {
    // As git does: what the umask takes away it took away before.
    const copy = openSync(target, 'wx', fstatSync(source).mode & 0o777)
    try {
      for (let at = 0; ; await pause()) {
        const bytes = readSync(source, one, 0, one.length, at)
        if (bytes === 0) break
        for (let done = 0; done < bytes; ) done += writeSync(copy, one, done, bytes - done)
        at += bytes
      }
    } finally {
      closeSync(copy)
    }
  } finally {
    closeSync(source)
  }
}

/** What is looked at, and what `lstat` said of it. */
interface Looked {
  readonly path: string
  readonly found: Stats
}

/** True when both are links to the same, or files of the same rights and content. Reads them. */
export async function areAlike(first: Looked, second: Looked, pause: Pause): Promise<boolean> {
  if (first.found.isSymbolicLink() && second.found.isSymbolicLink()) {
    return readlinkSync(first.path) === readlinkSync(second.path)
  }
  if (!first.found.isFile() || first.found.mode !== second.found.mode) return false
  if (first.found.size !== second.found.size) return false
  const files = [openSync(first.path, 'r'), openSync(second.path, 'r')] as const
  try {
    for (let at = 0; ; await pause()) {
      const bytes = readSync(files[0], one, 0, one.length, at)
      if (readSync(files[1], other, 0, other.length, at) !== bytes) return false
      if (bytes === 0) return true
      if (one.compare(other, 0, bytes, 0, bytes) !== 0) return false
      at += bytes
    }
  } finally {
    for (const file of files) closeSync(file)
  }
}
