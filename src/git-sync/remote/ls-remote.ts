import { type Git, GitError } from '#git-sync/git/git.ts'
import { localOptions } from '#git-sync/git/local.ts'
import { isFullHash } from '#git-sync/git/refs.ts'
import type { Remote, Tip } from './remote.ts'

/** Asks by `git ls-remote`: any transport that git has, one program a poll. */
export function lsRemote(git: Git, url: string): Remote {
  return {
    async tip(ref) {
      if (isFullHash(ref)) return { ref, commit: ref }
      const candidates = candidatesFor(ref)
      const patterns = candidates.flatMap((name) => [name, `${name}^{}`])
      // Without a repository: a broken one must not look like a host that is away.
      const args = ['--git-dir=/dev/null', 'ls-remote', ...localOptions(url), url, ...patterns]
      const listing = await git.run(`Cannot ask ${url} for ${ref}`, args)
      const found = chooseTip(listing, candidates)
      if (found !== null) return found
      throw new GitError(`Cannot find the ref ${JSON.stringify(ref)} in ${url}`, {
        advice: ref === 'HEAD' ? 'the repository has no commit yet: push one' : 'check --ref',
      })
    },
  }
}

/** Full names that a short one can mean, the one that git prefers first: a tag before a branch. */
export function candidatesFor(ref: string): readonly string[] {
  if (ref === 'HEAD' || ref.startsWith('refs/')) return [ref]
  return [`refs/${ref}`, `refs/tags/${ref}`, `refs/heads/${ref}`, `refs/remotes/${ref}`]
}

/** Reads lines of `HASH\tNAME`, an annotated tag's commit being under `NAME^{}`. */
export function chooseTip(listing: string, candidates: readonly string[]): Tip | null {
  const hashes = new Map<string, string>()
  for (const line of listing.split('\n')) {
    const tab = line.indexOf('\t')
    if (tab > 0) hashes.set(line.slice(tab + 1), line.slice(0, tab))
  }
  for (const ref of candidates) {
    const commit = hashes.get(`${ref}^{}`) ?? hashes.get(ref)
    if (commit !== undefined) return { ref, commit }
  }
  return null
}
