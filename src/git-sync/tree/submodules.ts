import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Tree } from './materialise.ts'

export interface SubmoduleOptions {
  readonly submodules: string
}

/** Fills the submodules of a tree that nobody sees yet. */
export async function checkOutSubmodules(
  { path }: Tree,
  { submodules }: SubmoduleOptions,
): Promise<void> {
  if (submodules === 'off') return
  const found = await stat(join(path, '.gitmodules')).catch(() => null)
  if (found === null) return
  throw new Error(
    'Cannot build a tree with submodules: this version does not fetch them yet; ' +
      'give --submodules=off to serve it without them',
  )
}
