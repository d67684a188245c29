/** Why the kernel did not give something. */
export type Refusal = 'another-user' | 'not-offered' | 'ended'

/** Why there is no value. */
export type Missing =
  | Refusal
  /** What no viewer shows is not read. */
  | 'not-asked'
  /** The process holds a lock that the kernel needs to tell; it may tell later. */
  | 'not-answered'
  /** To count them would cost more than they are worth. */
  | 'too-many'

/** A number, or the reason for having none. */
export type Figure = number | Missing

/**
 * What a failed read of a file of a living process means. `ENOENT` and `ESRCH` both happen to a
 * process that ends between its listing and its reading, so the caller says what absence means.
 */
export function missingOf(error: unknown, absent: 'ended' | 'not-offered'): Refusal {
  const code = codeOf(error)
  if (code === 'EACCES' || code === 'EPERM') return 'another-user'
  if (code === 'ESRCH') return 'ended'
  if (code === 'ENOENT' || code === 'ENOTDIR') return absent
  return 'not-offered'
}

/** The error's code as libuv names it (`ENOENT`), or an empty string. */
export function codeOf(error: unknown): string {
  if (!(error instanceof Error) || !('code' in error)) return ''
  return typeof error.code === 'string' ? error.code : ''
}
