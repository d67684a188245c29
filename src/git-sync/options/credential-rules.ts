import { type GivenLogin, readGivenLogins } from '#git-sync/credentials/given-logins.ts'
import { splitRepositoryUrl, withoutLogin } from '#git-sync/git/repository-url.ts'
import type { GitSyncOptions } from './settle.ts'

type Rule = (options: GitSyncOptions) => string | null | false

const password = '$GITSYNC_PASSWORD'

/** Which credentials cannot be together, and which need another one. */
export const credentialRules: readonly Rule[] = [
  (options) => (isGithubApp(options) ? wrongInGithubApp(options) : wrongWithoutGithubApp(options)),
  (options) => namesUser(options) && wrongBesideUserOf(options),
  (options) => options.username === '' && wrongWithoutUser(options),
  (options) => options.username !== '' && wrongWithUser(options),
  ({ credential }) => first(credential.flatMap(readGivenLogins), wrongIn),
]

function namesUser({ repo }: GitSyncOptions): boolean {
  return splitRepositoryUrl(repo).username !== null
}

function wrongBesideUserOf(options: GitSyncOptions): string | null {
  if (options.username !== '') return 'only one of --username and a user in --repo can be specified'
  if (options.password !== '') return `${password} needs --username, not a user in --repo`
  return options.passwordFile === ''
    ? null
    : '--password-file needs --username, not a user in --repo'
}

function wrongWithoutUser(options: GitSyncOptions): string | null {
  if (options.password !== '') return `${password} needs --username`
  return options.passwordFile === '' ? null : '--password-file needs --username'
}

function wrongWithUser(options: GitSyncOptions): string | null {
  if (options.password !== '' && options.passwordFile !== '') {
    return `only one of ${password} and --password-file can be specified`
  }
  if (options.password !== '' || options.passwordFile !== '') return null
  return `--username needs ${password} or --password-file`
}

function wrongIn(login: GivenLogin): string | null {
  const { url, username, password, passwordFile } = login
  if (url === '') return '--credential needs a url'
  if (!/^\w[\w+.-]*:\/\//.test(url)) return '--credential needs a url like https://host/path'
  const shown = `--credential for ${JSON.stringify(withoutLogin(url))}`
  if (username === '') return `${shown} needs a username`
  if (password !== '' && passwordFile !== '') {
    return `only one of password and password-file can be specified in ${shown}`
  }
  return password === '' && passwordFile === '' ? `${shown} needs password or password-file` : null
}

function isGithubApp(options: GitSyncOptions): boolean {
  return options.githubAppClientId !== '' || options.githubAppApplicationId !== 0
}

/** A key alone is not used: manifests that the program replaced takes have one. */
function wrongWithoutGithubApp({ githubAppInstallationId }: GitSyncOptions): string | null {
  if (githubAppInstallationId === 0) return null
  return '--github-app-installation-id needs --github-app-client-id or --github-app-application-id'
}

function wrongInGithubApp(options: GitSyncOptions): string | null {
  const key = '$GITSYNC_GITHUB_APP_PRIVATE_KEY'
  const keyFile = '--github-app-private-key-file'
  const [id, otherId] = ['--github-app-client-id', '--github-app-application-id']
  if (options.githubAppClientId !== '' && options.githubAppApplicationId !== 0) {
    return `only one of ${id} and ${otherId} can be specified`
  }
  const given = options.githubAppClientId === '' ? otherId : id
  if (options.githubAppInstallationId === 0) return `${given} needs --github-app-installation-id`
  const hasKey = options.githubAppPrivateKey !== ''
  const hasKeyFile = options.githubAppPrivateKeyFile !== ''
  if (hasKey && hasKeyFile) return `only one of ${key} and ${keyFile} can be specified`
  if (!hasKey && !hasKeyFile) return `${given} needs ${key} or ${keyFile}`
  const other =
    (options.username !== '' && '--username') ||
    (options.password !== '' && password) ||
    (options.passwordFile !== '' && '--password-file')
  return other === false ? null : `only one of ${other} and ${given} can be specified`
}

function first<T>(all: readonly T[], wrong: (one: T) => string | null): string | null {
  for (const one of all) {
    const message = wrong(one)
    if (message !== null) return message
  }
  return null
}
