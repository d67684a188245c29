import type { Tip } from './remote.ts'

/** Hashes by full name. The commit of an annotated tag is under `NAME^{}`. */
export type Refs = ReadonlyMap<string, string>

/** Full names that a short one can mean, the one that git prefers first: a tag before a branch. */
export function candidatesFor(ref: string): readonly string[] {
  if (ref === 'HEAD' || ref.startsWith('refs/')) return [ref]
  return [`refs/${ref}`, `refs/tags/${ref}`, `refs/heads/${ref}`, `refs/remotes/${ref}`]
}

/** The first of the names that is there, or null. */
export function chooseTip(refs: Refs, candidates: readonly string[]): Tip | null {
  for (const ref of candidates) {
    const commit = refs.get(`${ref}^{}`) ?? refs.get(ref)
    if (commit !== undefined) return { ref, commit }
  }
  return null
}

/** Reads what `git ls-remote` prints: lines of `HASH\tNAME`. */
export function parseListing(listing: string): Refs {
  const refs = new Map<string, string>()
  for (const line of listing.split('\n')) {
    const tab = line.indexOf('\t')
    if (tab > 0) refs.set(line.slice(tab + 1), line.slice(0, tab))
  }
  return refs
}
