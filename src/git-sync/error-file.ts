import { rm } from 'node:fs/promises'
import { resolve } from 'node:path'
import { belowRoot } from '#git-sync/tree/layout.ts'
import { writeFileAtomic } from '#kit/files.ts'
import { type Log, reasonOf } from '#kit/log.ts'

/** The last error, in a file that a consumer watches: there while something is wrong. */
export interface ErrorFile {
  /** `{"Msg", "Err", "Args"}`, as the program replaced writes it. */
  write(message: string, error: unknown): Promise<void>
  /** A configuration that is refused: the message alone. */
  writePlain(message: string): Promise<void>
  clear(): Promise<void>
}

/** @param path absolute, or null when nobody wants the file */
export function openErrorFile(path: string | null, log: Log): ErrorFile {
  if (path === null)
    return { write: async () => {}, writePlain: async () => {}, clear: async () => {} }
  const guarded = async (what: string, act: () => Promise<void>): Promise<void> => {
    await act().catch((error: unknown) => {
      log.error(`Cannot ${what} --error-file ${path}`, { error: reasonOf(error) })
    })
  }
  return {
    write: (message, error) =>
      guarded('write', () => {
        const record = { Msg: message, Err: log.masked(reasonOf(error)), Args: {} }
        return writeFileAtomic(path, JSON.stringify(record))
      }),
    writePlain: (message) =>
      guarded('write', () => writeFileAtomic(path, `${log.masked(message)}\n`)),
    clear: () => guarded('remove', () => rm(path, { force: true })),
  }
}

/** What stands in the way of a start, as far as the options say where to write it. Never throws. */
export async function writeRefusal(
  message: string,
  { root, errorFile }: { readonly root?: unknown; readonly errorFile?: unknown },
): Promise<void> {
  if (typeof root !== 'string' || root === '') return
  if (typeof errorFile !== 'string' || errorFile === '') return
  await writeFileAtomic(belowRoot(resolve(root), errorFile), `${message}\n`).catch(() => {})
}
