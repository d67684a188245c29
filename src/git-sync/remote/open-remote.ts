import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { basicOf } from '#git-sync/git/auth.ts'
import type { Git } from '#git-sync/git/git.ts'
import { loginFor } from '#git-sync/git/logins.ts'
import { isFullHash } from '#git-sync/git/refs.ts'
import type { Clock } from '#kit/clock.ts'
import { type Log, reasonOf } from '#kit/log.ts'
import { version } from '#kit/version.ts'
import { NotModelled } from './http-way.ts'
import { type Asking, openLsRemote } from './ls-remote.ts'
import type { Remote, Tip } from './remote.ts'
import { isAskable, LoginRefused, SmartHttp, Unsuited } from './smart-http.ts'
import { candidatesFor, chooseTip } from './tip.ts'

export interface OpenRemoteOptions {
  readonly url: string
  readonly git: Git
  readonly log: Log
  readonly clock: Clock
}

/** From the question to the moment when git is given its turn. */
const patienceMs = 10_000

/** What one pass asks with. */
export interface PassAsking extends Asking {
  readonly stop: AbortSignal
}

/**
 * The remote, asked in this process when it is http(s) and nothing could make git's answer another
 * one; by `git ls-remote` when not, and whenever the answer here is not as it should be. Errors are
 * git's own.
 */
export function openRemote(options: OpenRemoteOptions): (asking: PassAsking) => Remote {
  const { url, log } = options
  const byGit = openLsRemote(url)
  const http = smartHttpOf(options)
  if (http === null) return byGit
  const told = new Set<string>()
  let isUnsuited = false
  let refusedLogin: string | null = null

  const note = (error: unknown, login: string | null): void => {
    if (error instanceof NotModelled || error instanceof Unsuited) isUnsuited = true
    if (error instanceof LoginRefused) refusedLogin = login
    const why = reasonOf(error)
    if (!told.has(why)) log.info('asking by git ls-remote', { why })
    told.add(why)
  }

  const ask = async (ref: string, { git, auth, stop }: PassAsking): Promise<Tip | null> => {
    const login = loginFor(url, auth.logins)
    const header = login === null ? null : basicOf(login)
    if (isUnsuited || isFullHash(ref) || (header !== null && header === refusedLogin)) return null
    const prefixes = candidatesFor(ref)
    try {
      const { settings, environment: env } = git
      if (hasNetrc(env)) throw new NotModelled('a .netrc in the home folder')
      const refs = await http.refs({
        prefixes,
        settings: [...settings, ...auth.config],
        env,
        logins: auth.logins,
        stop: AbortSignal.any([stop, AbortSignal.timeout(patienceMs)]),
      })
      return chooseTip(refs, prefixes)
    } catch (error) {
      stop.throwIfAborted()
      note(error, header)
      return null
    }
  }

  return (asking) => ({
    tip: async (ref) => (await ask(ref, asking)) ?? byGit(asking).tip(ref),
  })
}

function smartHttpOf({ url, git, clock }: OpenRemoteOptions): SmartHttp | null {
  // Another program may know another way to the host.
  if (git.program !== 'git' || !isAskable(url)) return null
  return new SmartHttp({
    url,
    agent: `git/2 (sidecars git-sync/${version})`,
    nowMs: clock.nowMs,
  })
}

/** libcurl takes logins from it. */
function hasNetrc({ HOME }: Readonly<Record<string, string>>): boolean {
  return HOME !== undefined && HOME !== '' && existsSync(join(HOME, '.netrc'))
}
