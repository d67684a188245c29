import { type GitAuth, joinAuth } from '#git-sync/git/auth.ts'
import { type RepositoryUrl, splitRepositoryUrl } from '#git-sync/git/repository-url.ts'
import type { Clock } from '#kit/clock.ts'
import type { Log } from '#kit/log.ts'
import type { Env } from '#kit/options.ts'
import type { Credential, CredentialCounts } from './credential.ts'
import { passwordCredential } from './password.ts'
import { sshCredential } from './ssh.ts'

export interface CredentialOptions {
  readonly repo: string
  readonly username: string
  readonly password: string
  readonly passwordFile: string
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

/** @throws Error naming the options when they contradict each other. */
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
  ]
  const login = loginOf(options, repository)
  // A user without a password is a token.
  if (login?.password === '') log.hide(login.username)
  if (login !== null) {
    all.push(passwordCredential({ url: hostOf(repository.url), ...login, hide: log.hide }))
  }
  return {
    url: repository.url,
    refresh: async () => joinAuth(await Promise.all(all.map((each) => each.refresh()))),
  }
}

/** A host may send git on from `…/site` to `…/site.git`: the login is for all of the host. */
function hostOf(url: string): string {
  return /^\w+:\/\/[^/]*/.exec(url)?.[0] ?? url
}

interface Login {
  readonly username: string
  readonly password: string | { readonly file: string }
}

function loginOf(options: CredentialOptions, repository: RepositoryUrl): Login | null {
  const { username, password, passwordFile } = options
  if (repository.username !== null) {
    if (username !== '') {
      throw new Error('only one of --username and a user in --repo can be specified')
    }
    if (password !== '') throw new Error('$GITSYNC_PASSWORD needs --username, not a user in --repo')
    if (passwordFile !== '')
      throw new Error('--password-file needs --username, not a user in --repo')
    // A token may stand alone: git hosts take it as the user with any password.
    return { username: repository.username, password: repository.password ?? '' }
  }
  if (username === '') {
    if (password !== '') throw new Error('$GITSYNC_PASSWORD needs --username')
    if (passwordFile !== '') throw new Error('--password-file needs --username')
    return null
  }
  if (password !== '' && passwordFile !== '') {
    throw new Error('only one of $GITSYNC_PASSWORD and --password-file can be specified')
  }
  if (passwordFile !== '') return { username, password: { file: passwordFile } }
  if (password === '') throw new Error('--username needs $GITSYNC_PASSWORD or --password-file')
  return { username, password }
}
