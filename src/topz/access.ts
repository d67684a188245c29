import { busyRule } from '#kit/busy-rule.ts'
import { hostRule } from '#kit/host-rule.ts'
import type { Handler } from '#kit/http.ts'
import type { Log } from '#kit/log.ts'
import { type KnownLogins, loginRule } from '#kit/login-rule.ts'
import { belowPrefix } from '#kit/path-prefix.ts'
import { readSecretLines } from '#kit/secret-lines.ts'

export interface AccessOptions {
  readonly allowHosts: readonly string[]
  readonly tokenFiles: readonly string[]
  readonly loginFiles: readonly string[]
  readonly pathPrefix: string
  /** This machine's own name. */
  readonly hostname: string
  readonly log: Pick<Log, 'error'>
}

/** Nobody sends a secret with these. */
const probes = ['/healthz']

/** Each may hold an answer of a megabyte; streams do not count, they have a limit of their own. */
const mostRequests = 128

/**
 * Who may ask, and below which path. What a browser sends to a name of somebody else's is refused
 * before anything is compared with a secret.
 *
 * @throws Error when there is to be a login and its file cannot be read, or has no login in it
 */
export function guarded(handler: Handler, options: AccessOptions): Handler {
  const { allowHosts, hostname, pathPrefix } = options
  return hostRule({
    allow: allowHosts,
    hostname,
    flag: 'allow-host',
    handler: belowPrefix(
      pathPrefix,
      busyRule(asksForLogin(handler, options), { most: mostRequests, open: probes }),
    ),
  })
}

function asksForLogin(handler: Handler, { tokenFiles, loginFiles, log }: AccessOptions): Handler {
  if (tokenFiles.length === 0 && loginFiles.length === 0) return handler
  const known = (): KnownLogins => ({
    tokens: readSecretLines(tokenFiles, 'token-file'),
    logins: readSecretLines(loginFiles, 'login-file').map(asLogin),
  })
  known() // a start that lets nobody in is told now
  return loginRule({ known, open: probes, realm: 'topz', log, handler })
}

function asLogin(line: string, index: number): string {
  if (line.indexOf(':') > 0) return line
  const form = 'write USER:PASSWORD, or USER:DIGEST as htpasswd -B does'
  throw new Error(`Cannot use --login-file: its login ${index + 1} has no user; ${form}`)
}
