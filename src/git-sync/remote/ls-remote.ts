import { basicOf, type GitAuth } from '#git-sync/git/auth.ts'
import { type Git, GitError } from '#git-sync/git/git.ts'
import { localOptions } from '#git-sync/git/local.ts'
import { loginFor } from '#git-sync/git/logins.ts'
import { isFullHash } from '#git-sync/git/refs.ts'
import type { Remote, Tip } from './remote.ts'
import type { SharedSsh } from './shared-ssh.ts'
import { candidatesFor, chooseTip, parseListing } from './tip.ts'

/** The git of one pass, and the credentials that it has. */
export interface Asking {
  readonly git: Git
  readonly auth: GitAuth
  readonly stop: AbortSignal
}

/**
 * Asks by `git ls-remote`: any transport that git has, over ssh by the connection that polls share.
 * Over http a login goes along with the first request, so that the host need not refuse one first
 * and git starts no helper. A host that does not take it so (it sends git on, or wants another kind
 * of login) is asked in git's own way from then on.
 */
export function openLsRemote(
  url: string,
  ssh: SharedSsh | null = null,
): (asking: Asking) => Remote {
  let place = url
  let refused: string | null = null
  return ({ git, auth, stop }) => ({
    async tip(ref) {
      if (isFullHash(ref)) return { ref, commit: ref }
      if (ssh !== null) {
        return ssh.ask({ git, auth, stop }, (by, onStderrLine) =>
          ask(by, { url, place, ref, onStderrLine }),
        )
      }
      const inGitsWay = (): Promise<Tip> => {
        place = url
        // Other names are asked for each time: they may lead elsewhere tomorrow.
        const onStderrLine = (line: string): void => {
          const to = /^warning: redirecting to (\S+?)\/?$/.exec(line)?.[1]
          if (to === `${url}.git`) place = to
        }
        return ask(git, { url, place: url, ref, onStderrLine })
      }
      const login = /^https?:/i.test(place) ? loginFor(place, auth.logins) : null
      const header = login === null ? null : basicOf(login)
      if (header === null || header === refused) return inGitsWay()
      const before = place
      try {
        const withHeader = git.with({ auth: withLogin(auth, { place, header }) })
        return await ask(withHeader, { url, place, ref })
      } catch (error) {
        if (!turnsLoginAway(error)) throw error
      }
      const tip = await inGitsWay()
      if (place === before) refused = header
      return tip
    },
  })
}

/** Git would send the header to whatever host it is sent on to: it must not follow. */
function withLogin(
  auth: GitAuth,
  { place, header }: { readonly place: string; readonly header: string },
): GitAuth {
  const settings = [
    [`http.${place}.extraHeader`, `Authorization: Basic ${header}`],
    [`http.${place}.followRedirects`, 'false'],
  ] as const
  return { ...auth, config: [...auth.config, ...settings] }
}

/** True when git's own way may still go well: it is refused, sent on, or told that nothing is there. */
function turnsLoginAway(error: unknown): boolean {
  if (!(error instanceof GitError) || error.finished === null) return false
  return /Authentication failed|could not read|returned error: (3\d\d|40[013])|not found/i.test(
    error.finished.stderr,
  )
}

interface Question {
  /** For errors. */
  readonly url: string
  readonly place: string
  readonly ref: string
  readonly onStderrLine?: ((line: string) => void) | undefined
}

async function ask(git: Git, { url, place, ref, onStderrLine }: Question): Promise<Tip> {
  const candidates = candidatesFor(ref)
  const patterns = candidates.flatMap((name) => [name, `${name}^{}`])
  // Without a repository: a broken one must not look like a host that is away.
  const args = ['--git-dir=/dev/null', 'ls-remote', ...localOptions(place), place, ...patterns]
  const told = onStderrLine === undefined ? {} : { onStderrLine }
  const listing = await git.run(`Cannot ask ${url} for ${ref}`, args, told)
  const found = chooseTip(parseListing(listing), candidates)
  if (found !== null) return found
  throw new GitError(`Cannot find the ref ${JSON.stringify(ref)} in ${url}`, {
    advice: ref === 'HEAD' ? 'the repository has no commit yet: push one' : 'check --ref',
  })
}
