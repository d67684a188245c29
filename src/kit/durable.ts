import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { codeOf } from './files.ts'

/** The kernel joins the work of some that wait at once; more would take the threads from others. */
const atATime = 8

/**
 * Waits until the content of each file is on the disk. The waiting is done by other threads.
 * @throws Error naming the first that cannot be.
 */
export async function makeFilesDurable(paths: Iterable<string>, stop: AbortSignal): Promise<void> {
  const left = paths[Symbol.iterator]()
  const worker = async (): Promise<void> => {
    for (let next = left.next(); !next.done; next = left.next()) {
      stop.throwIfAborted()
      await makeDurable(next.value)
    }
  }
  const ends = await Promise.allSettled(Array.from({ length: atATime }, worker))
  for (const end of ends) if (end.status === 'rejected') throw end.reason
}

/**
 * The same of what folders hold: names, and the links among them.
 * @throws Error naming the first that cannot be.
 */
export async function makeFoldersDurable(paths: Iterable<string>): Promise<void> {
  for (const path of paths) {
    await makeDurable(path).catch((error: unknown) => {
      // Some file systems, as those of other machines, know no such thing of a folder.
      if (!['EINVAL', 'ENOTSUP', 'EOPNOTSUPP'].includes(codeOf(causeOf(error)) ?? '')) throw error
    })
  }
}

async function makeDurable(path: string): Promise<void> {
  try {
    await using file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW)
    await file.sync()
  } catch (cause) {
    throw new Error(`Cannot make ${path} durable, as --fsync wants it`, { cause })
  }
}

function causeOf(error: unknown): unknown {
  return error instanceof Error ? error.cause : undefined
}
