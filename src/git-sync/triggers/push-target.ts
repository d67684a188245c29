import type { RefChange } from './hosts/host.ts'

/** Whose pushes are ours. */
export interface PushTarget {
  /** What deliveries may call the repository, each in lower case; null: nobody can tell. */
  readonly repositories: readonly string[] | null
  /** As `--ref` says; null is a hash, which never moves. */
  readonly ref: string | null
}

export interface PushTargetOptions {
  readonly repo: string
  /** What somebody says the repository is called; none: how `repo` ends. */
  readonly pushRepo: readonly string[]
  /** Null when a hash is followed. */
  readonly ref: string | null
}

export function pushTargetOf({ repo, pushRepo, ref }: PushTargetOptions): PushTarget {
  if (pushRepo.length > 0) return { repositories: pushRepo.map(endOf), ref }
  const name = isLocal(repo) ? '' : endOf(repo)
  return { repositories: name.includes('/') ? [name] : null, ref }
}

/** True for one that tells of our repository, or of none. */
export function namesTarget({ repositories }: PushTarget, names: readonly string[]): boolean {
  if (repositories === null || names.length === 0) return true
  const ends = names.map(endOf)
  return repositories.some((ours) => ends.some((end) => end === ours || end.endsWith(`/${ours}`)))
}

/** Those of the changes that may move what is followed. */
export function changesOf({ ref }: PushTarget, changes: readonly RefChange[]): RefChange[] {
  return changes.filter((change) => ref !== null && isMeant(ref, change.ref))
}

/** Which branch HEAD is only the host knows, and to ask it is one poll. */
function isMeant(followed: string, moved: string): boolean {
  if (followed === 'HEAD') return moved.startsWith('refs/heads/')
  if (followed.startsWith('refs/')) return moved === followed
  return ['', 'heads/', 'tags/'].some((kind) => moved === `refs/${kind}${followed}`)
}

/** The last two parts of a path, a URL or `HOST:PATH`: what people read as OWNER/NAME. */
function endOf(name: string): string {
  const path = name
    .toLowerCase()
    .replace(/^[a-z][\w+.-]*:\/\/[^/]*/, '')
    .replace(/^[^/:]*:/, '')
    .replace(/[?#].*$/, '')
    .replace(/\/+$/, '')
    .replace(/\.git$/, '')
  // Azure DevOps has it in the URLs of http, and not in those of ssh.
  const parts = path.split('/').filter((part) => part !== '' && part !== '_git')
  return parts.slice(-2).join('/')
}

/** As git decides: a colon before the first slash is a host's. */
function isLocal(repo: string): boolean {
  return /^file:/i.test(repo) || !/^[^/]*:/.test(repo)
}
