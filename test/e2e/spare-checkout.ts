import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import type { Repository } from '#test/fixtures/repository.ts'

/** Everything in a checkout, also its folders, but no `.git`: path to mode and content. */
export function wholeOf(top: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  const visit = (path: string): void => {
    const full = join(top, path)
    const stat = lstatSync(full)
    const mode = stat.mode.toString(8)
    if (stat.isDirectory()) {
      found.set(path, mode)
      for (const name of readdirSync(full)) if (name !== '.git') visit(join(path, name))
    } else if (stat.isSymbolicLink()) found.set(path, `${mode} ${readlinkSync(full)}`)
    else found.set(path, `${mode} ${readFileSync(full, 'latin1')}`)
  }
  visit('')
  return found
}

/** What a git that knows nothing of ours checks out of a commit. */
export async function freshCheckout(
  repository: Repository,
  { commit, at }: { readonly commit: string; readonly at: string },
): Promise<ReadonlyMap<string, string>> {
  const git = (...args: readonly string[]) => repository.git('--git-dir', repository.path, ...args)
  await git('worktree', 'add', '--quiet', '--force', '--detach', at, commit)
  const found = wholeOf(at)
  await git('worktree', 'remove', '--force', at)
  return found
}
