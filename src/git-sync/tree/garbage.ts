import type { Git } from '#git-sync/git/git.ts'
import { removeUnfinishedPacksOf } from '#git-sync/git/unfinished.ts'

/** Drops the objects that nothing in a repository names any more, as `--git-gc` says. */
export async function collectGarbage(
  git: Git,
  { gitDir, gc }: { readonly gitDir: string; readonly gc: string },
): Promise<void> {
  if (gc === 'off') return
  const how = { auto: ['--auto'], aggressive: ['--aggressive'], always: [] }[gc] ?? []
  try {
    await git.run(`Cannot clean the repository ${gitDir}`, ['gc', '--quiet', '--prune=now', ...how])
  } catch (error) {
    // On a full volume the pack that it did not finish takes the room that a fetch needs.
    if (git.alone) await removeUnfinishedPacksOf(gitDir)
    throw error
  }
}
