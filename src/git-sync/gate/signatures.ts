import { type Git, gitError } from '#git-sync/git/git.ts'
import type { Setting } from '#git-sync/git/git-config.ts'
import { type Commit, isFullHash, nextRef } from '#git-sync/git/refs.ts'
import { RefusedCommitError } from '#git-sync/tree/refusal.ts'
import { howItEnded } from '#kit/command.ts'
import type { Log } from '#kit/log.ts'
import type { Keys } from './keys.ts'

export interface SignaturesOptions {
  readonly keys: Keys
  /** As `--ref` says: a tag is signed together with its name. */
  readonly ref: string
  readonly log: Log
}

/** Commits, or tags that name them, that somebody has signed. */
export interface Signatures extends AsyncDisposable {
  /** @throws RefusedCommitError again when neither what was refused nor the keys may be others now. */
  recall(commit: string, ref: string): void
  /**
   * Looks at the annotated tag that was fetched when it names the commit, else at the commit itself.
   * @throws RefusedCommitError when nobody who may has signed it
   * @throws GateError or GitError when that cannot be told now
   */
  verify(commit: Commit, how: { readonly git: Git; readonly stop: AbortSignal }): Promise<void>
}

/** What was looked at last, and by which keys. */
interface Seen {
  readonly commit: string
  /** The tag, or the commit itself. */
  readonly object: string
  readonly keys: string
  /** Null of what is signed. */
  readonly refused: RefusedCommitError | null
}

export function createSignatures({ keys, ref, log }: SignaturesOptions): Signatures {
  let seen: Seen | null = null
  /** What was good last: it is built again when it is damaged, also after another one was refused. */
  let good: Seen | null = null

  /** The tag object that was fetched and names the commit; else the commit. */
  async function objectOf(commit: Commit, git: Git): Promise<string> {
    const { code, stdout } = await git.attempt(['rev-parse', nextRef, `${nextRef}^{commit}`])
    const [object = '', named = ''] = stdout.trim().split('\n')
    return code === 0 && named === commit ? object : commit
  }

  /** Why it is not to be published, or null. */
  async function wrongWith(object: string, commit: Commit, git: Git): Promise<string | null> {
    const isTag = object !== commit
    const what = isTag ? 'its tag' : 'it'
    const finished = await git.attempt([isTag ? 'verify-tag' : 'verify-commit', object])
    const { code, ended, stderr } = finished
    if (ended !== 'by-itself' || (code !== 0 && code !== 1)) {
      throw gitError(`Cannot verify the signature of ${object}`, finished)
    }
    if (code !== 0) {
      if (!(await hasSignature(object, git))) return `${what} is not signed`
      // A program that says no says nothing else.
      if (stderr.trim() === '') return `its signature is of another kind than ${keys.why}`
      const words = howItEnded(finished).replace(/^failed: /, '')
      return `${what} is not signed by a key of ${keys.flag}: ${words}`
    }
    const name = isTag ? await nameOfTag(object, git) : null
    if (name !== null && !isFullHash(ref) && !namesOf(ref).includes(name)) {
      return `${what} is signed as ${JSON.stringify(name)}, not as ${JSON.stringify(ref)}`
    }
    log.info('the signature is good', { commit, ...(isTag ? { tag: object } : {}), said: stderr })
    return null
  }

  return {
    recall(commit, tipRef) {
      const refused = seen?.commit === commit && seen.keys === keys.now() ? seen.refused : null
      // A tag may be signed later: then it is another object, of the same commit.
      const mayBeTag = tipRef !== 'HEAD' && !tipRef.startsWith('refs/heads/')
      if (refused !== null && !mayBeTag) throw refused
    },
    async verify(commit, { git, stop }) {
      const now = keys.now()
      const isOfIt = (one: Seen | null): boolean => one?.commit === commit && one.keys === now
      if (isOfIt(good)) return
      const known = isOfIt(seen) ? seen : null
      const object = await objectOf(commit, git)
      if (known?.refused && known.object === object) throw known.refused
      const read = await keys.open(stop)
      const wrong = await wrongWith(object, commit, git.withMore(withKeys(read.config, read.env)))
      const refused =
        wrong === null
          ? null
          : new RefusedCommitError(
              `Cannot publish commit ${commit}: ${wrong}; sign it, or add its key there`,
              { commit, by: 'signature' },
            )
      seen = { commit, object, keys: read.id, refused }
      if (refused !== null) throw refused
      good = seen
    },
    [Symbol.asyncDispose]: () => keys[Symbol.asyncDispose](),
  }
}

/** A program that says no. */
const no = 'false'

/**
 * Git looks at the signature for which kind it is, whatever is wanted here: the programs of all kinds
 * say no but for the one that the keys are for.
 */
function withKeys(config: readonly Setting[], env: Readonly<Record<string, string>>) {
  const others: readonly Setting[] = [
    ['gpg.program', no],
    ['gpg.openpgp.program', no],
    ['gpg.x509.program', no],
    ['gpg.ssh.program', no],
    ['gpg.ssh.allowedSignersFile', '/dev/null'],
    ['gpg.minTrustLevel', 'undefined'],
  ]
  return { config: [...others, ...config], env: { ...env, GIT_NO_REPLACE_OBJECTS: '1' } }
}

/**
 * Commits and tags are lines of `KEY VALUE`, an empty one, and a message. The signature of a commit is
 * one of the lines; in a repository of SHA-1 that of a tag is the end of the message.
 * https://git-scm.com/docs/gitformat-signature
 */
async function headAndMessage(object: string, git: Git): Promise<readonly [string, string]> {
  const text = await git.run('Cannot read what is signed', ['cat-file', '-p', object])
  const end = text.indexOf('\n\n')
  return end === -1 ? [text, ''] : [text.slice(0, end), text.slice(end)]
}

async function hasSignature(object: string, git: Git): Promise<boolean> {
  const [head, message] = await headAndMessage(object, git)
  return /^gpgsig/m.test(head) || (/^tag /m.test(head) && /^-----BEGIN /m.test(message))
}

/**
 * Names by which a tag may be signed that is asked for so: all of the name with its folders, or
 * whoever can push would give a signed tag another one.
 */
function namesOf(ref: string): readonly string[] {
  return [ref, ref.replace(/^(refs\/[^/]+|tags)\//, '')]
}

/** The name that was signed with it. */
async function nameOfTag(object: string, git: Git): Promise<string> {
  const [head] = await headAndMessage(object, git)
  return /^tag (.*)$/m.exec(head)?.[1] ?? ''
}
