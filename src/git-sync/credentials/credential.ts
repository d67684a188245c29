import type { GitAuth } from '#git-sync/git/auth.ts'

/** One way to prove to a host who we are. Asked before each pass, so that it can rotate. */
export interface Credential {
  /** @throws when what it needs cannot be had: the pass fails, not the program. */
  refresh(): Promise<Partial<GitAuth>>
}

/** What metrics count of credentials. */
export interface CredentialCounts {
  askpassCalled(status: 'success' | 'error'): void
  githubTokenAsked(status: 'success' | 'error'): void
}
