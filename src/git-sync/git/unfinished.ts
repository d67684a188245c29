import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { namesIn } from '#kit/files.ts'

/**
 * Removes the packs that a git which was killed, or which found the disk full, did not finish: each
 * try would leave one more. Only to be called while no git runs in this root.
 */
export function removeUnfinishedPacks(root: string): Promise<void> {
  return removeUnfinishedPacksOf(join(root, '.git'))
}

/** The same of any repository. */
export async function removeUnfinishedPacksOf(gitDir: string): Promise<void> {
  const folder = join(gitDir, 'objects', 'pack')
  for (const name of await namesIn(folder)) {
    // Of index-pack and pack-objects, and of repack, whose own clean-up knows only the former.
    if (/^(tmp_|\.tmp-)/.test(name)) await rm(join(folder, name), { force: true })
  }
}
