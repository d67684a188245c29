import { readFile } from 'node:fs/promises'
import { reasonOf } from '#kit/log.ts'
import type { Credential } from './credential.ts'

export interface PasswordOptions {
  /** What it is for: `https://host`, or with a path for a part of the host; without a user. */
  readonly url: string
  readonly username: string
  /** Read before each pass; its text is used as it is. */
  readonly password: string | { readonly file: string }
  /** Told each password, so that no log line shows it. */
  readonly hide: (secret: string) => void
}

const variables = { username: 'SIDECARS_USERNAME', password: 'SIDECARS_PASSWORD' } as const

/**
 * Hands a user name and password to git by its credential mechanism: a helper for the
 * URL prints what stands in two variables that only git gets. Nothing is in an argument or a file.
 */
export function passwordCredential(options: PasswordOptions): Credential {
  const { url, username } = options
  const helper =
    `!f() { test "$1" = get && printf 'username=%s\\npassword=%s\\n' ` +
    `"$${variables.username}" "$${variables.password}"; }; f`
  return {
    async refresh() {
      const secret = await readPassword(options)
      for (const line of secret.split('\n')) options.hide(line)
      return {
        config: [[`credential.${url}.helper`, helper]],
        env: { [variables.username]: username, [variables.password]: secret },
      }
    },
  }
}

async function readPassword({ password }: PasswordOptions): Promise<string> {
  if (typeof password === 'string') return password
  try {
    return await readFile(password.file, 'utf8')
  } catch (error) {
    throw new Error(`Cannot read --password-file ${password.file}: ${reasonOf(error)}`)
  }
}
