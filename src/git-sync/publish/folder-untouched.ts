import { lstatSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Layout } from '#git-sync/tree/layout.ts'
import { pauses } from '#kit/pauses.ts'
import { seenOf } from './compare-folder.ts'
import { recordOf } from './folder-record.ts'

/** True when a folder has what we put there, as we left it, and no more. Reads no file. */
export async function isUntouched(
  folder: string,
  { layout, stop }: { readonly layout: Layout; readonly stop: AbortSignal },
): Promise<boolean> {
  const record = recordOf(layout, folder)
  if (!record?.isWhole()) return false
  const entries = record.entries()
  const pause = pauses(stop)
  const { mode, uid, gid } = lstatSync(folder)
  let known = 0

  async function isAsLeft(within: string): Promise<boolean> {
    for (const name of readdirSync(join(folder, within))) {
      await pause()
      const path = join(within, name)
      if (path === '.git') continue
      const found = lstatSync(join(folder, path))
      if (!found.isDirectory()) {
        if (entries.get(path)?.seen !== seenOf(found)) return false
        known++
        continue
      }
      if (found.mode !== mode || found.uid !== uid || found.gid !== gid) return false
      const before = known
      if (entries.has(path)) known++
      // A folder in which nothing is ours is somebody's.
      if (!(await isAsLeft(path)) || known === before) return false
    }
    return true
  }

  return (await isAsLeft('')) && known === entries.size
}
