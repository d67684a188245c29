import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * Shortens the list of commits whose parents were not fetched by those that `stays` does not know:
 * each fetch of little history adds one, and every git reads them all. Only to be called while no
 * git changes the list.
 */
export function trimShallow(gitDir: string, stays: (commit: string) => boolean): void {
  const path = join(gitDir, 'shallow')
  if (!existsSync(path)) return
  const lines = readFileSync(path, 'utf8').split('\n').filter(Boolean)
  const kept = lines.filter(stays)
  // An empty list would be one more case for every reader.
  if (kept.length === lines.length || kept.length === 0) return
  const lock = `${path}.lock`
  writeFileSync(lock, `${kept.join('\n')}\n`, { flag: 'wx' })
  renameSync(lock, path)
}
