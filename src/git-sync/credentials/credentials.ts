import { type GitAuth, joinAuth } from '#git-sync/git/auth.ts'
import { type RepositoryUrl, splitRepositoryUrl } from '#git-sync/git/repository-url.ts'
import type { Clock } from '#kit/clock.ts'
import type { Log } from '#kit/log.ts'
import type { Env } from '#kit/options.ts'
import { askpassCredential } from './askpass.ts'
import { cookieCredential } from './cookie.ts'
import type { Credential, CredentialCounts } from './credential.ts'
import { githubAppCredential } from './github-app.ts'
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
  readonly cookieFile: boolean
  readonly askpassUrl: string
  readonly githubBaseUrl: string
  readonly githubAppPrivateKey: string
  readonly githubAppPrivateKeyFile: string
  readonly githubAppClientId: string
  readonly githubAppApplicationId: number
  readonly githubAppInstallationId: number
  readonly verbose: number
}

/** All credentials as one. */
export interface Credentials {
  /** The repository's URL without what was taken from it. */
  readonly url: string
  /**
   * The same object while nothing has changed, so that what follows from it is worked out once.
   * @throws Error naming the option when a source cannot be read.
   */
  refresh(): Promise<GitAuth>
}

/** What credentials need of the world outside. */
export interface CredentialsWorld {
  readonly log: Log
  readonly env: Env
  readonly clock: Clock
  readonly counts: CredentialCounts
}

/** @throws Error naming the file when cookies are asked for and cannot be read. */
export function openCredentials(options: CredentialOptions, world: CredentialsWorld): Credentials {
  const { log, env } = world
  const repository = splitRepositoryUrl(options.repo)
  const all: Credential[] = [
    sshCredential({
      keyFiles: options.sshKeyFile,
      checkHosts: options.sshKnownHosts,
      knownHostsFile: options.sshKnownHostsFile,
      verbosity: options.verbose,
      env,
    }),
    ...(options.cookieFile ? [cookieCredential()] : []),
    ...loginsOf(options, repository).map((login) => loginCredential({ ...login, log })),
    ...askedLogins(options, { ...world, url: hostOf(repository.url) }),
  ]
  let last: GitAuth | null = null
  return {
    url: repository.url,
    async refresh() {
      const auth = joinAuth(await Promise.all(all.map((each) => each.refresh())))
      if (last === null || !Bun.deepEquals(auth, last, true)) last = auth
      return last
    },
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

/** Logins for the repository that others tell. One that was given wins. */
function askedLogins(
  options: CredentialOptions,
  place: CredentialsWorld & { readonly url: string },
): readonly Credential[] {
  const { askpassUrl, githubAppClientId, githubAppApplicationId } = options
  const issuer = githubAppClientId || String(githubAppApplicationId || '')
  const app = {
    ...place,
    issuer,
    baseUrl: options.githubBaseUrl,
    installationId: options.githubAppInstallationId,
    privateKey: options.githubAppPrivateKey || { file: options.githubAppPrivateKeyFile },
  }
  return [
    ...(askpassUrl === '' ? [] : [askpassCredential({ ...place, askpassUrl })]),
    ...(issuer === '' ? [] : [githubAppCredential(app)]),
  ]
}

/**
 * A host may send git on from `…/site` to `…/site.git`: the login is for all of the host. A program
 * given by `--git` may ask for the login of any URL, a file's too.
 */
function hostOf(url: string): string {
  return /^\w[\w+.-]*:\/\/[^/]*/.exec(url)?.[0] ?? url
}

function ownLogin(
  { username, password, passwordFile }: CredentialOptions,
  repository: RepositoryUrl,
): Omit<LoginOptions, 'log'> | null {
  const url = hostOf(repository.url)
  if (repository.username !== null) {
    // A token may stand alone: git hosts take it as the user with any password.
    const { username, password } = repository
    return { url, username, password: password ?? '', option: '--repo' }
  }
  if (username === '') return null
  if (passwordFile === '') return { url, username, password, option: '$GITSYNC_PASSWORD' }
  return { url, username, password: { file: passwordFile }, option: '--password-file' }
}
