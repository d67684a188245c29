import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Log, reasonOf } from '#kit/log.ts'
import type { Git } from './git.ts'

/**
 * Whoever works in the tree may ask it where it comes from (`git remote get-url origin`). Nothing of
 * ours rests on the answer, so that failing to write it fails no pass.
 */
export async function recordOrigin(
  git: Git,
  { url, log }: { readonly url: string; readonly log: Log },
): Promise<void> {
  const config = await readFile(join(git.root, '.git', 'config'), 'utf8').catch(() => null)
  // As git writes it; a URL that it would quote is written anew at each start.
  if (config === null || config.includes(`[remote "origin"]\n\turl = ${url}\n`)) return
  const set = ['--git-dir=.git', 'config', 'remote.origin.url', url]
  await git.run('Cannot record where the repository comes from', set).catch((error: unknown) => {
    log.debug(1, 'the tree does not tell its origin', { error: reasonOf(error) })
  })
}
