import { readFile } from 'node:fs/promises'
import type { Clock } from '#kit/clock.ts'
import { type Answer, request } from '#kit/http-client.ts'
import { type Log, reasonOf } from '#kit/log.ts'
import type { Env } from '#kit/options.ts'
import type { Credential, CredentialCounts } from './credential.ts'
import { signedIdentity } from './json-web-token.ts'
import { loginCredential } from './login.ts'

export interface GithubAppOptions {
  /** What the token is for: see `Login.url`. */
  readonly url: string
  /** Of the API, with a path or without. */
  readonly baseUrl: string
  /** The client id or the application id. */
  readonly issuer: string
  readonly installationId: number
  /** PEM; a file is read each time a token is asked. */
  readonly privateKey: string | { readonly file: string }
  /** Names proxies and certificates. */
  readonly env: Env
  readonly clock: Clock
  readonly log: Log
  readonly counts: Pick<CredentialCounts, 'githubTokenAsked'>
}

/** A token with less than this is replaced, so that a pass does not begin with one that ends. */
const leastLeftMs = 30_000

const timeoutMs = 30_000

interface Token {
  readonly value: string
  /** Its end on the clock of the wall, and on the one that nobody sets. */
  readonly endsMs: { readonly wall: number; readonly monotonic: number }
}

/** The token of an installation of a GitHub app, asked of GitHub and again before it ends. */
export function githubAppCredential(options: GithubAppOptions): Credential {
  const { url, clock, log, counts } = options
  let token: Token | null = null
  return {
    async refresh() {
      if (token === null || leftMs(token, clock) < leastLeftMs) {
        try {
          token = await askToken(options)
          counts.githubTokenAsked('success')
        } catch (cause) {
          counts.githubTokenAsked('error')
          throw new Error('Cannot get a token for the GitHub app', { cause })
        }
      }
      const login = { username: '-', password: token.value, option: 'the GitHub app' }
      return loginCredential({ url, ...login, log }).refresh()
    },
  }
}

/** The shorter one: a wall clock may be set back, and the other one stands still in a suspension. */
function leftMs({ endsMs }: Token, clock: Clock): number {
  return Math.min(endsMs.wall - clock.nowMs(), endsMs.monotonic - clock.monotonicMs())
}

/** https://docs.github.com/rest/apps/apps#create-an-installation-access-token-for-an-app */
async function askToken(options: GithubAppOptions): Promise<Token> {
  const { baseUrl, installationId, env, clock, log } = options
  const identity = await identityOf(options)
  log.hide(identity)
  const path = `app/installations/${installationId}/access_tokens`
  const answer = await request(`${baseUrl.replace(/\/+$/, '')}/${path}`, {
    method: 'POST',
    headers: {
      Accept: 'application/vnd.github+json',
      Authorization: `Bearer ${identity}`,
      'User-Agent': 'git-sync',
    },
    timeoutMs,
    redirects: 'follow',
    env,
  })
  return tokenIn(answer, clock)
}

/** The key as it stands now, for it may have been changed for another. */
async function identityOf({ privateKey, issuer, clock }: GithubAppOptions): Promise<string> {
  const isText = typeof privateKey === 'string'
  const option = isText
    ? '$GITSYNC_GITHUB_APP_PRIVATE_KEY'
    : `--github-app-private-key-file ${privateKey.file}`
  const pem = isText ? privateKey : await readKey(privateKey.file, option)
  const identity = await signedIdentity(pem, { issuer, nowMs: clock.nowMs() })
  if (identity !== null) return identity
  throw new Error(`Cannot use ${option}: it is no private RSA key in PEM; take the one of the app`)
}

async function readKey(file: string, option: string): Promise<string> {
  return readFile(file, 'utf8').catch((error: unknown) => {
    throw new Error(`Cannot read ${option}: ${reasonOf(error)}`)
  })
}

function tokenIn({ status, headers, body }: Answer, clock: Clock): Token {
  const fields = fieldsOf(body)
  if (status !== 201) throw new Error(refusal(status, fields.message))
  const { token, expires_at: end } = fields
  const nowMs = Date.parse(headers.get('date') ?? '') || clock.nowMs()
  const lifetimeMs = Date.parse(String(end)) - nowMs
  if (typeof token !== 'string' || token === '' || Number.isNaN(lifetimeMs)) {
    throw new Error('its answer has no token with an end; check --github-base-url')
  }
  const endsMs = { wall: clock.nowMs() + lifetimeMs, monotonic: clock.monotonicMs() + lifetimeMs }
  return { value: token, endsMs }
}

function fieldsOf(body: string): Record<string, unknown> {
  try {
    return { ...JSON.parse(body) }
  } catch {
    return {}
  }
}

const advice: Readonly<Record<number, string>> = {
  401: 'check the key, the id of the app and the clock',
  403: 'check whether the app is suspended, and the rate limit',
  404: 'check --github-app-installation-id and --github-base-url',
}

function refusal(status: number, message: unknown): string {
  const said = typeof message === 'string' ? ` (${message.slice(0, 200)})` : ''
  return `GitHub answered ${status}${said} and not 201; ${advice[status] ?? 'look at GitHub'}`
}
