import { isUtf8 } from 'node:buffer'
import { readFile } from 'node:fs/promises'
import { basicOf, type Login } from '#git-sync/git/auth.ts'
import { type Log, reasonOf } from '#kit/log.ts'
import type { Credential } from './credential.ts'

export interface LoginOptions {
  /** What it is for: `https://host`, or with a path for a part of the host. */
  readonly url: string
  readonly username: string
  /** A file is read before each pass. */
  readonly password: string | { readonly file: string }
  /** The option that the password comes from, for errors. */
  readonly option: string
  readonly log: Log
}

/** A user name and a password that somebody gave. */
export function loginCredential(options: LoginOptions): Credential {
  const { url, username, log } = options
  return {
    async refresh() {
      refuseLines(username, `user name for ${url}`)
      const password = await passwordOf(options)
      for (const secret of secretsOf({ username, password })) log.hide(secret)
      return { logins: [{ url, username, password }] }
    },
  }
}

/** The password as it is, without line ends behind it. */
async function passwordOf({ password, option }: LoginOptions): Promise<string> {
  const text = typeof password === 'string' ? password : await readPassword(password.file, option)
  const from = typeof password === 'string' ? option : `${option} ${password.file}`
  const one = text.replace(/[\r\n]+$/, '')
  refuseLines(one, `password of ${from}`)
  return one
}

/** Git takes a line from those who know a login, and a NUL would end a variable. */
function refuseLines(text: string, what: string): void {
  if (!/[\r\n\0]/.test(text)) return
  throw new Error(`Cannot use the ${what}: it has more than one line or a NUL; give it alone`)
}

async function readPassword(file: string, option: string): Promise<string> {
  const bytes = await readFile(file).catch((error: unknown) => {
    throw new Error(`Cannot read ${option} ${file}: ${reasonOf(error)}`)
  })
  if (isUtf8(bytes)) return bytes.toString('utf8')
  throw new Error(`Cannot use the password of ${option} ${file}: it is not text in UTF-8`)
}

/** What no log line may show: the password, a token in the place of the user, the two in a header. */
function secretsOf(login: Pick<Login, 'username' | 'password'>): readonly string[] {
  const { username, password } = login
  const isToken = password === '' || password === 'x-oauth-basic'
  return [basicOf(login), isToken ? username : password]
}
