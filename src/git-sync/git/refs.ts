declare const commitBrand: unique symbol

/** The full hash of a commit that git has: 40 hex digits, 64 in a SHA-256 repository. */
export type Commit = string & { readonly [commitBrand]: true }

/** @throws when the text is no full hash. */
export function toCommit(text: string): Commit {
  const hash = text.trim()
  if (!isFullHash(hash)) throw new Error(`Cannot read ${JSON.stringify(hash)} as a commit's hash`)
  return hash as Commit
}

export function isFullHash(text: string): boolean {
  return /^([\da-f]{40}|[\da-f]{64})$/.test(text)
}

/** How a repository names its objects: by 40 or by 64 hex digits. */
export type ObjectFormat = 'sha1' | 'sha256'

export function objectFormatOf(hash: string): ObjectFormat {
  return hash.length === 64 ? 'sha256' : 'sha1'
}

/** The same in an object: 20 or 32 bytes. */
export function hashBytesOf(hash: string): 20 | 32 {
  return hash.length === 64 ? 32 : 20
}

/** What fetch wrote last: a tag object or a commit. */
export const nextRef = 'refs/sync/next'

/** The commit that is served. It keeps its objects, so that the next fetch sends the change only. */
export const currentRef = 'refs/sync/current'
