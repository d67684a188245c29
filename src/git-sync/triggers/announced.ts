import type { Clock } from '#kit/clock.ts'
import type { Log } from '#kit/log.ts'
import type { RefChange } from './hosts/host.ts'
import { createSeen } from './seen.ts'

/** What a good pass found. */
export interface Seen {
  readonly commit: string
  /** It is another commit than before the pass. */
  readonly isNew: boolean
}

/** Commits that a push has told of and the host's replicas may not show yet. */
export interface Announced {
  /** A push says what is to be seen; the newest one that does counts. */
  expect(changes: readonly RefChange[]): void
  passBegins(): void
  /** Ms until another look; null when nothing is awaited. */
  pauseMs(seen: Seen): number | null
}

const firstPauseMs = 100
const longestPauseMs = 1_000
const patienceMs = 10_000
const mostTold = 100

interface Awaited {
  readonly ref: string
  readonly commit: string
  readonly untilMs: number
  nextPauseMs: number
  /** A pass has begun since, so that it can tell. */
  isAsked: boolean
}

/** @param followed as `--ref` says */
export function createAnnounced(
  followed: string,
  { clock, log }: { readonly clock: Clock; readonly log: Pick<Log, 'info'> },
): Announced {
  let awaited: Awaited | null = null
  const told = createSeen(mostTold)
  let newest: readonly RefChange[] = []
  /** What HEAD has turned out to be, and by which commit. */
  let branch: RefChange | null = null

  function isAwaited({ ref, commit }: RefChange): boolean {
    // What is served of an annotated tag has another hash than the tag.
    if (!ref.startsWith('refs/heads/') || typeof commit !== 'string') return false
    return followed !== 'HEAD' || branch === null || branch.ref === ref
  }

  return {
    expect(changes) {
      newest = changes
      // Two branches at one commit: either may be HEAD.
      const isSame = ({ ref, commit }: RefChange): boolean =>
        commit === branch?.commit && ref !== branch?.ref
      if (changes.some(isSame)) branch = null
      const change = changes.find(isAwaited)
      if (typeof change?.commit !== 'string') {
        // Of other refs it says nothing: what was told of them may still be on its way.
        if (changes.some(({ ref }) => ref === awaited?.ref)) awaited = null
        return
      }
      told.add(change.commit)
      awaited = {
        ref: change.ref,
        commit: change.commit,
        untilMs: clock.monotonicMs() + patienceMs,
        nextPauseMs: firstPauseMs,
        isAsked: false,
      }
    },
    passBegins() {
      if (awaited !== null) awaited.isAsked = true
    },
    pauseMs({ commit, isNew }) {
      const [shown, ...others] = newest.filter((change) => change.commit === commit)
      if (isNew && shown?.ref.startsWith('refs/heads/') && others.length === 0) branch = shown
      if (awaited === null || !awaited.isAsked) return null
      const { ref, untilMs, nextPauseMs } = awaited
      // A commit that was told before this one shows first; one that nobody told of has replaced it.
      const isSeen = commit === awaited.commit || (isNew && !told.has(commit))
      if (!isSeen && clock.monotonicMs() < untilMs) {
        awaited.nextPauseMs = Math.min(nextPauseMs * 2, longestPauseMs)
        return nextPauseMs
      }
      if (!isSeen) {
        log.info('the host does not show what a push has told of', { ref, commit: awaited.commit })
      }
      awaited = null
      return null
    },
  }
}
