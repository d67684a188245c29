import { type GitAuth, joinAuth } from '#git-sync/git/auth.ts'
import { type RepositoryUrl, splitRepositoryUrl } from '#git-sync/git/repository-url.ts'
import type { Clock } from '#kit/clock.ts'
import type { Log } from '#kit/log.ts'
import type { Env } from '#kit/options.ts'
import type { Credential, CredentialCounts } from './credential.ts'
import { readGivenLogins } from './given-logins.ts'
import { type LoginOptions, loginCredential } from './login.ts'
import { sshCredential } from './ssh.ts'

export interface CredentialOptions {
  readonly repo: string
  readonly username: string
  readonly password: string
  readonly passwordFile: string
  /** JSON, see `readGivenLogins`. */
  readonly credential: readonly string[]
  readonly sshKeyFile: readonly string[]
  readonly sshKnownHosts: boolean
  readonly sshKnownHostsFile: string
  readonly verbose: number
}

/** All credentials as one. */
export interface Credentials {
  /** The repository's URL without what was taken from it. */
  readonly url: string
  /** @throws Error naming the option when a source cannot be read. */
  refresh(): Promise<GitAuth>
}

/** What credentials need of the world outside. */
export interface CredentialsWorld {
  readonly log: Log
  readonly env: Env
  readonly clock: Clock
  readonly counts: CredentialCounts
}

export function openCredentials(
  options: CredentialOptions,
  { log, env }: CredentialsWorld,
): Credentials {
  const repository = splitRepositoryUrl(options.repo)
  const all: Credential[] = [
    sshCredential({
      keyFiles: options.sshKeyFile,
      checkHosts: options.sshKnownHosts,
      knownHostsFile: options.sshKnownHostsFile,
      verbosity: options.verbose,
      env,
    }),
    ...loginsOf(options, repository).map((login) => loginCredential({ ...login, log })),
  ]
  return {
    url: repository.url,
    refresh: async () => joinAuth(await Promise.all(all.map((each) => each.refresh()))),
  }
}

/** The repository's own login comes first: it wins over another one for all of its host. */
function loginsOf(
  options: CredentialOptions,
  repository: RepositoryUrl,
): readonly Omit<LoginOptions, 'log'>[] {
  const own = ownLogin(options, repository)
  const given = options.credential.flatMap(readGivenLogins).map((login) => ({
    url: login.url,
    username: login.username,
    password: login.passwordFile === '' ? login.password : { file: login.passwordFile },
    option: '--credential',
  }))
  return own === null ? given : [own, ...given]
}

/** A host may send git on from `…/site` to `…/site.git`: the login is for all of the host. */
function ownLogin(
  { username, password, passwordFile }: CredentialOptions,
  repository: RepositoryUrl,
): Omit<LoginOptions, 'log'> | null {
  const url = /^https?:\/\/[^/]*/i.exec(repository.url)?.[0]
  if (url === undefined) return null
  if (repository.username !== null) {
    // A token may stand alone: git hosts take it as the user with any password.
    const { username, password } = repository
    return { url, username, password: password ?? '', option: '--repo' }
  }
  if (username === '') return null
  if (passwordFile === '') return { url, username, password, option: '$GITSYNC_PASSWORD' }
  return { url, username, password: { file: passwordFile }, option: '--password-file' }
}
