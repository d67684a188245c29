import type { Git } from '#git-sync/git/git.ts'
import type { Commit } from '#git-sync/git/refs.ts'

/** Git that writes one file after the other. */
export function withoutWorkers(git: Git): Git {
  return git.withMore({ config: [['checkout.workers', '1']] })
}

/**
 * Git to write all files of a commit. Its workers side by side lose the `working-tree-encoding` of a
 * file: they are told where its name was in memory that is free by then, and git (2.39 at least) says so
 * and calls it a success.
 */
export async function gitForCheckout(git: Git, commit: Commit): Promise<Git> {
  const where = ':(top,glob)**/.gitattributes'
  const args = ['grep', '--quiet', '-e', 'working-tree-encoding', commit, '--', where]
  return (await git.attempt(args)).code === 1 ? git : withoutWorkers(git)
}
