/** A user name and password for every http(s) URL that begins with `url`, by whole parts of its path. */
export interface Login {
  /** `https://host`, or with a path for a part of the host. */
  readonly url: string
  readonly username: string
  readonly password: string
}

/** The two as a header of HTTP carries them, after the word `Basic` (RFC 7617). */
export function basicOf({ username, password }: Pick<Login, 'username' | 'password'>): string {
  return Buffer.from(`${username}:${password}`).toString('base64')
}

/** What credentials add to a run of git: settings, variables that they refer to, and logins. */
export interface GitAuth {
  readonly config: readonly (readonly [key: string, value: string])[]
  readonly env: Readonly<Record<string, string>>
  /** The longest URL wins; of two that are the same, the first. */
  readonly logins: readonly Login[]
}

export const noAuth: GitAuth = { config: [], env: {}, logins: [] }

export function joinAuth(auths: readonly Partial<GitAuth>[]): GitAuth {
  return {
    config: auths.flatMap(({ config = [] }) => config),
    env: Object.assign({}, ...auths.map(({ env }) => env)),
    logins: auths.flatMap(({ logins = [] }) => logins),
  }
}
