import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { codeOf, namesIn, writeFileAtomic } from '#kit/files.ts'
import type { Git } from './git.ts'

/**
 * Drops the branches, tags and index that another program left in the repository: for ever, they
 * would keep the objects of commits that nobody serves. Our own refs stay. Only to be called by the
 * only writer, when ours hold what is served.
 */
export async function dropForeignRefs(git: Git): Promise<void> {
  const gitDir = join(git.root, '.git')
  const packed = join(gitDir, 'packed-refs')
  if (!(await hasForeignRefs(gitDir, packed))) return
  // Into one file: there may be thousands.
  await git.run('Cannot pack the refs', ['--git-dir=.git', 'pack-refs', '--all', '--prune'])
  await writeFileAtomic(packed, withoutForeign(await textOf(packed)))
  for (const name of await namesIn(join(gitDir, 'refs'))) {
    // Symbolic refs are not packed.
    if (name !== 'sync') await rm(join(gitDir, 'refs', name), { recursive: true, force: true })
  }
  await rm(join(gitDir, 'index'), { force: true })
}

async function hasForeignRefs(gitDir: string, packed: string): Promise<boolean> {
  const text = await textOf(packed)
  if (withoutForeign(text) !== text) return true
  const refs = join(gitDir, 'refs')
  for (const name of await namesIn(refs)) {
    if (name !== 'sync' && (await namesIn(join(refs, name))).length > 0) return true
  }
  return false
}

/**
 * Lines of packed-refs are `HASH NAME`, each followed by `^HASH` when it is a tag of a commit; the
 * first one is a comment. See git-pack-refs(1).
 */
function withoutForeign(text: string): string {
  let keeps = true
  return text
    .split('\n')
    .filter((line) => {
      if (!line.startsWith('^')) keeps = !line.includes(' refs/') || line.includes(' refs/sync/')
      return keeps
    })
    .join('\n')
}

async function textOf(path: string): Promise<string> {
  return readFile(path, 'utf8').catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return ''
    throw error
  })
}
