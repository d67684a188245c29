import { lstatSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

/** How far the clock of inodes may be behind ours: it stands still for a tick of the kernel. */
const clockLagMs = 10

/** How many files, folders and links below a folder were made since then; null: no birth is kept. */
export function inodesBornSince(folder: string, sinceMs: number): number | null {
  if (lstatSync(folder).birthtimeMs === 0) return null
  const born = new Set<number>()
  const pending = [folder]
  for (let path = pending.pop(); path !== undefined; path = pending.pop()) {
    for (const entry of readdirSync(path, { withFileTypes: true })) {
      const full = join(path, entry.name)
      const { ino, birthtimeMs } = lstatSync(full)
      if (birthtimeMs >= sinceMs - clockLagMs) born.add(ino)
      if (entry.isDirectory()) pending.push(full)
    }
  }
  return born.size
}
