import type { Commit } from '#git-sync/git/refs.ts'

/** A commit that is not to be published as the options are: what is served stays, the next is tried. */
export class RefusedCommitError extends Error {
  override readonly name = 'RefusedCommitError'
  readonly commit: Commit

  constructor(commit: Commit, message: string) {
    super(message)
    this.commit = commit
  }
}
