import { type Answer, request } from '#kit/http-client.ts'
import type { Log } from '#kit/log.ts'
import type { Env } from '#kit/options.ts'
import type { Credential, CredentialCounts } from './credential.ts'
import { loginCredential } from './login.ts'

export interface AskpassOptions {
  /** Who is asked. */
  readonly askpassUrl: string
  /** What the answer is for: see `Login.url`. */
  readonly url: string
  /** Names proxies and certificates. */
  readonly env: Env
  readonly log: Log
  readonly counts: Pick<CredentialCounts, 'askpassCalled'>
}

/** A small server near by, as those who run it know. */
const timeoutMs = 1000

/** A login that a server tells before each pass, in lines like `username=ann` and `password=…`. */
export function askpassCredential(options: AskpassOptions): Credential {
  const { askpassUrl, url, env, log, counts } = options
  const asked = { method: 'GET', timeoutMs, redirects: 'refuse', env } as const
  return {
    async refresh() {
      try {
        const login = loginIn(await request(askpassUrl, asked))
        const auth = await loginCredential({ url, ...login, option, log }).refresh()
        counts.askpassCalled('success')
        return auth
      } catch (cause) {
        counts.askpassCalled('error')
        throw new Error(`Cannot get a login from ${option}`, { cause })
      }
    },
  }
}

const option = '--askpass-url'

/** What else stands in an answer is for others. An error never quotes it. */
function loginIn({ status, body, isWhole }: Answer): { username: string; password: string } {
  if (status !== 200) throw new Error(`it answered ${status} and not 200; look at the server`)
  if (!isWhole) throw new Error('its answer is too long; look at the server')
  const values = new Map<string, string>()
  for (const line of body.split(/\r?\n/)) {
    const [, name, value] = /^(username|password)=(.*)$/.exec(line) ?? []
    if (name !== undefined && value !== undefined) values.set(name, value)
  }
  const [username, password] = [values.get('username'), values.get('password')]
  if (username !== undefined || password !== undefined) {
    return { username: username ?? '', password: password ?? '' }
  }
  throw new Error('its answer has no line username=… or password=…; look at the server')
}
