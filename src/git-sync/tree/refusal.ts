import type { Commit } from '#git-sync/git/refs.ts'
import type { Fields } from '#kit/log.ts'

/** Which rule refused: a label of metrics. */
export type RefusedBy = 'subdir' | 'symlinks' | 'signature' | 'gate'

export interface Refusal {
  readonly commit: Commit
  readonly by: RefusedBy
  /** For the log: what was said when it was refused. */
  readonly said?: Fields
}

/** A commit that is not to be published as the options are: what is served stays, the next is tried. */
export class RefusedCommitError extends Error {
  override readonly name = 'RefusedCommitError'
  readonly commit: Commit
  readonly by: RefusedBy
  readonly said: Fields

  constructor(message: string, { commit, by, said = {} }: Refusal) {
    super(message)
    this.commit = commit
    this.by = by
    this.said = said
  }
}
