import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { currentRef, isFullHash, nextRef } from './refs.ts'

/**
 * Removes those of our two refs whose file holds no hash: a machine that lost its power leaves them
 * empty, and git then refuses to write them for ever. Returns the names removed.
 */
export async function removeBrokenRefs(root: string): Promise<string[]> {
  const removed: string[] = []
  for (const ref of [nextRef, currentRef]) {
    const path = join(root, '.git', ref)
    const text = await readFile(path, 'utf8').catch(() => null)
    if (text === null || isFullHash(text.trim())) continue
    await rm(path)
    removed.push(ref)
  }
  return removed
}
