import type { Parsed, Refused } from '#kit/options.ts'
import type { GitSyncOptions } from './settle.ts'

type Writable<T> = { -readonly [N in keyof T]?: T[N] }

/** Options of version 3 in place of those that they became. They win, as in version 4. */
export function withoutOldNames(parsed: Parsed<GitSyncOptions>): Parsed<GitSyncOptions> | Refused {
  const { values } = parsed
  const { oldBranch, oldRev } = values
  const refused = (message: string): Refused => ({ kind: 'refused', exitCode: 1, message, values })
  if (values.oldChangePermissions !== 0) {
    return refused('--change-permissions is no more: --group-write lets the group write')
  }
  if (oldBranch !== '' && oldRev !== '' && oldRev !== 'HEAD') {
    return refused('only one of --branch and --rev can be specified; both are now --ref')
  }
  const now: Writable<GitSyncOptions> = {}
  if (oldBranch !== '') now.ref = oldBranch
  else if (oldRev !== '') now.ref = oldRev
  if (values.oldDest !== '') now.link = values.oldDest
  if (values.oldWaitSeconds !== 0) now.periodMs = values.oldWaitSeconds * 1000
  if (values.oldTimeoutSeconds !== 0) now.syncTimeoutMs = values.oldTimeoutSeconds * 1000
  if (values.oldMaxSyncFailures !== 0) now.maxFailures = values.oldMaxSyncFailures
  if (values.oldSyncHookCommand !== '') now.exechookCommand = values.oldSyncHookCommand
  if (values.oldPassword !== '') now.password = values.oldPassword
  if (values.oldVerbose >= 0) now.verbose = values.oldVerbose
  return {
    ...parsed,
    values: { ...values, ...now },
    given: new Set([...parsed.given, ...Object.keys(now)]),
  }
}
