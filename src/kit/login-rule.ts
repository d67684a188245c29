import { type Handler, line } from './http.ts'
import type { Log } from './log.ts'
import { sameSecret } from './same-secret.ts'

export interface LoginRuleOptions {
  /**
   * Who may ask, at this moment: tokens, and logins as `USER:PASSWORD` where the password may be a
   * digest of bcrypt or argon2. Read for each request. @throws Error that tells why they are not known
   */
  readonly known: () => KnownLogins
  /** Paths that anybody may ask for: probes carry no secret. */
  readonly open: readonly string[]
  /** What a browser says that the password is for. */
  readonly realm: string
  readonly log: Pick<Log, 'error'>
  readonly handler: Handler
}

export interface KnownLogins {
  readonly tokens: readonly string[]
  readonly logins: readonly string[]
}

/** What a request shows: `Authorization: Bearer TOKEN`, or a user and a password as browsers send them. */
type Shown =
  | { readonly kind: 'token'; readonly token: string }
  | { readonly kind: 'login'; readonly user: string; readonly password: string }

/** A digest takes tens of milliseconds of CPU to check: more at once would be an attack that works. */
const mostChecks = 4

/**
 * Lets a request through only when it shows a token or a login that is known. A token does as the
 * password of any user too, so that a browser, which asks for a user and a password, can be given it.
 * When the files cannot be read nobody passes: the answer is 503, and the log says why, once.
 */
export function loginRule(options: LoginRuleOptions): Handler {
  const { open, realm, log, handler } = options
  const digests = checkedDigests()
  let failing = false

  function known(): KnownLogins | null {
    try {
      const logins = options.known()
      failing = false
      return logins
    } catch (error) {
      if (!failing) log.error('nobody may ask until the secrets can be read', { error })
      failing = true
      return null
    }
  }

  return async (request, info) => {
    if (open.includes(info.path)) return handler(request, info)
    const logins = known()
    if (logins === null) {
      return line(503, 'The secrets cannot be read here; the log says why', { 'retry-after': '10' })
    }
    const shown = shownBy(request.headers.get('authorization') ?? '')
    const verdict = shown === null ? 'unknown' : await verdictOn(shown, { logins, digests })
    if (verdict === 'known') return handler(request, info)
    if (verdict === 'busy') return line(503, 'Too many log in at once', { 'retry-after': '1' })
    return line(401, 'This takes a login', {
      'www-authenticate': `Basic realm="${realm}", charset="UTF-8"`,
    })
  }
}

type Verdict = 'known' | 'unknown' | 'busy'

async function verdictOn(
  shown: Shown,
  { logins, digests }: { readonly logins: KnownLogins; readonly digests: Digests },
): Promise<Verdict> {
  const token = shown.kind === 'token' ? shown.token : shown.password
  // all are compared, so that the time does not tell which one was nearly it
  let found = false
  for (const one of logins.tokens) if (sameSecret(one, token)) found = true
  if (shown.kind === 'token') return found ? 'known' : 'unknown'
  const slow: string[] = []
  for (const one of logins.logins) {
    const colon = one.indexOf(':')
    if (colon < 1) continue // no login: of whom would it be
    const password = one.slice(colon + 1)
    const sameUser = sameSecret(one.slice(0, colon), shown.user)
    if (isDigest(password)) {
      if (sameUser) slow.push(password)
    } else if (sameSecret(password, shown.password) && sameUser) found = true
  }
  if (found) return 'known'
  for (const digest of slow) {
    const verdict = await digests.check(shown.password, digest)
    if (verdict !== 'unknown') return verdict
  }
  return 'unknown'
}

/** As `htpasswd -B` and `argon2` write them. */
function isDigest(password: string): boolean {
  return /^\$(2[aby]|argon2(id|i|d))\$/.test(password)
}

function shownBy(header: string): Shown | null {
  const [, scheme = '', value = ''] = /^(\S+) +(\S+)$/.exec(header.trim()) ?? []
  if (scheme.toLowerCase() === 'bearer') return { kind: 'token', token: value }
  if (scheme.toLowerCase() !== 'basic') return null
  const text = Buffer.from(value, 'base64').toString()
  const colon = text.indexOf(':')
  if (colon < 0) return null
  return { kind: 'login', user: text.slice(0, colon), password: text.slice(colon + 1) }
}

interface Digests {
  check(password: string, digest: string): Promise<Verdict>
}

/** A page asks each second: what was right once is known by a keyed digest that is quick. */
function checkedDigests(): Digests {
  const key = crypto.getRandomValues(new Uint8Array(32))
  const right = new Set<string>()
  let checks = 0
  return {
    async check(password, digest) {
      const pair = new Bun.CryptoHasher('sha256', key).update(`${digest}\n${password}`)
      const name = pair.digest('base64')
      if (right.has(name)) return 'known'
      if (checks >= mostChecks) return 'busy'
      checks++
      try {
        if (!(await Bun.password.verify(password, digest))) return 'unknown'
      } catch {
        return 'unknown' // no digest after all: nobody has its password
      } finally {
        checks--
      }
      if (right.size > 100) right.clear()
      right.add(name)
      return 'known'
    },
  }
}
