import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Layout } from '#git-sync/tree/layout.ts'

export interface BootOptions {
  readonly layout: Layout
  /** Where the kernel tells an id that is another one after each start of the machine. */
  readonly bootIdFile: string
}

/**
 * Tells under which start of the machine the root was last written; null when either is unknown.
 * Losing power, not being killed, is what loses writes.
 */
export async function isOfThisBoot(options: BootOptions): Promise<boolean | null> {
  const now = await textOf(options.bootIdFile)
  const then = await textOf(recordOf(options))
  return now === null || then === null ? null : now === then
}

/** To be called after what is served was written. */
export async function recordBoot(options: BootOptions): Promise<void> {
  const now = await textOf(options.bootIdFile)
  if (now === null || (await textOf(recordOf(options))) === now) return
  // Without it the next start reads the files again: a full volume fails no pass for that.
  await writeFile(recordOf(options), `${now}\n`).catch(() => {})
}

function recordOf({ layout }: BootOptions): string {
  return join(layout.gitDir, 'sync-boot')
}

function textOf(path: string): Promise<string | null> {
  return readFile(path, 'utf8').then(
    (text) => text.trim(),
    () => null,
  )
}
