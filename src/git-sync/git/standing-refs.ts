import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isFullHash } from './refs.ts'

/** What the refs of a repository name, read in one step. Of a folder without refs nothing. */
export function standingRefs(gitDir: string): ReadonlySet<string> {
  const packed = readText(join(gitDir, 'packed-refs')).split('\n')
  const found = new Set(packed.map((line) => line.split(' ')[0] ?? '').filter(isFullHash))
  const folder = join(gitDir, 'refs')
  for (const entry of existsSync(folder) ? listed(folder) : []) {
    const hash = readText(entry).trim()
    if (isFullHash(hash)) found.add(hash)
  }
  return found
}

function listed(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    // Somebody removes it just now, or nobody made it.
    return ''
  }
}
