import { basicOf, type GitAuth, type Login } from '#git-sync/git/auth.ts'
import type { Git } from '#git-sync/git/git.ts'
import { loginFor } from '#git-sync/git/logins.ts'
import { isFullHash } from '#git-sync/git/refs.ts'
import type { Clock } from '#kit/clock.ts'
import { type Log, reasonOf } from '#kit/log.ts'
import { timeLimit } from '#kit/time-limit.ts'
import { version } from '#kit/version.ts'
import type { Asked } from './http-sender.ts'
import { NotModelled } from './http-way.ts'
import { type Asking, openLsRemote } from './ls-remote.ts'
import type { Remote, Tip } from './remote.ts'
import type { SharedSsh } from './shared-ssh.ts'
import { isAskable, SmartHttp } from './smart-http.ts'
import { candidatesFor, chooseTip } from './tip.ts'

export interface OpenRemoteOptions {
  readonly url: string
  readonly git: Git
  /** What polls over ssh share. */
  readonly ssh?: SharedSsh | null
  /** Of one pass, in which git must have its turn too. */
  readonly syncTimeoutMs: number
  readonly log: Log
  readonly clock: Clock
}

/** From the question to the moment when git is given its turn, at most. */
const longestPatienceMs = 10_000

/** A host that git alone understands is asked by git alone for so long. */
const restMs = 300_000

/**
 * The remote, asked in this process when it is http(s) and nothing could make git's answer another
 * one; by `git ls-remote` when not, and whenever the answer here is not as it should be. Errors are
 * git's own.
 */
export function openRemote(options: OpenRemoteOptions): (asking: Asking) => Remote {
  const { url, syncTimeoutMs, log, clock } = options
  const byGit = openLsRemote(url, options.ssh ?? null)
  const http = smartHttpOf(options)
  if (http === null) return byGit
  const patienceMs = Math.min(longestPatienceMs, syncTimeoutMs / 2)
  const told = new Set<string>()
  let rest = { header: noLogin, endsMs: Number.NEGATIVE_INFINITY }

  let known: (Asked & { readonly auth: GitAuth }) | null = null

  /** The same objects for the same credentials: what follows from them is worked out once. */
  const asked = ({ git, auth }: Asking): Asked => {
    const { environment: env, settings } = git
    if (known?.auth !== auth || known.env !== env) {
      known = { auth, env, settings: [...settings, ...auth.config], logins: auth.logins }
    }
    return known
  }

  const ask = async (ref: string, asking: Asking): Promise<Tip | Doubt> => {
    const { auth, stop } = asking
    const prefixes = candidatesFor(ref)
    using patience = timeLimit({ ms: patienceMs, stop })
    try {
      const refs = await http.refs({ prefixes, asked: asked(asking), stop: patience.signal })
      const tip = chooseTip(refs, prefixes)
      return tip ?? { why: 'the host knows no such ref', logins: auth.logins }
    } catch (error) {
      stop.throwIfAborted()
      const why = patience.signal.aborted ? 'the host takes too long' : reasonOf(error)
      return { why, logins: error instanceof NotModelled ? auth.logins : [] }
    }
  }

  return (asking) => ({
    async tip(ref) {
      const isResting = clock.monotonicMs() < rest.endsMs && rest.header === headerFor(url, asking)
      if (isResting || isFullHash(ref)) return byGit(asking).tip(ref)
      const answer = await ask(ref, asking)
      if (!('why' in answer)) return answer
      const { why, logins } = answer
      const byGitAlone = await byGit({ ...asking, auth: { ...asking.auth, logins } }).tip(ref)
      // Only now: of a host that answers nobody git's own error tells.
      if (!told.has(why)) log.info('asking by git ls-remote', { why })
      told.add(why)
      rest = { header: headerFor(url, asking), endsMs: clock.monotonicMs() + restMs }
      return byGitAlone
    },
  })
}

/** Why git must ask. */
interface Doubt {
  readonly why: string
  /** Not one that the host has seen and may not like: who is wrong too often may be locked out. */
  readonly logins: readonly Login[]
}

const noLogin = ''

/** What shows a new login: with that the host may answer otherwise. */
function headerFor(url: string, { auth }: Asking): string {
  const login = loginFor(url, auth.logins)
  return login === null ? noLogin : basicOf(login)
}

function smartHttpOf({ url, git, clock }: OpenRemoteOptions): SmartHttp | null {
  // Another program may know another way to the host.
  if (git.program !== 'git' || !isAskable(url)) return null
  return new SmartHttp({
    url,
    agent: `git/2 (sidecars git-sync/${version})`,
    clock,
  })
}
