import { existsSync, readFileSync, statfsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Git } from '#git-sync/git/git.ts'
import { lookAtObjects, type ObjectStore } from '#git-sync/git/object-store.ts'
import type { Gap } from './gap.ts'
import type { Layout } from './layout.ts'
import { beginRepack, type Repack } from './repack.ts'
import { isGivenUp, storesIn } from './submodule-stores.ts'

/**
 * Keeps repositories in proportion to what they hold, while passes go on. What nothing names any more
 * is dropped when it takes a share of the room that the rest takes; small packs are made one when they
 * are many. So the cost of both follows what was fetched.
 */
export interface Repacking {
  /**
   * Looks whether something is due, and begins it. Only to be called between two passes. `isQuiet`:
   * no tree waits for the end of its grace, so that all there is will stay.
   */
  tend(how: { readonly isQuiet: boolean }): void
  /** Ends it where it is: what was there before is there still. */
  end(): Promise<void>
  /** Waits until nothing is left to do. */
  idle(): Promise<void>
}

export interface RepackingOptions {
  /** Nobody waits for what it runs. */
  readonly gitUntil: (stop: AbortSignal) => Git
  readonly layout: Layout
  readonly gap: Gap
  readonly isThorough: boolean
  readonly complain: (error: unknown) => void
}

/** Of the room that is needed, what may be needless before it is dropped. */
const share = 1 / 2
/** To pack a small repository costs some programs, however small it is. */
const leastBytes = 64 << 10
/** As many packs as git itself takes for many. */
const manyPacks = 50

type Due = 'nothing' | 'join' | 'all'

export function createRepacking(options: RepackingOptions): Repacking {
  const { layout, gap } = options
  /** Of each repository, what the last repack left: while trees were in their grace, too. */
  const leftBytes = new Map<string, number>()
  /** Of those whose last repack failed: as much more has to come before it is tried again. */
  const failedAtBytes = new Map<string, number>()
  let running: { readonly done: Promise<void>; readonly stop: AbortController } | null = null
  let isAskedAgain = false
  let isQuiet = false

  async function tendAll(stop: AbortSignal): Promise<void> {
    do {
      isAskedAgain = false
      for (const gitDir of [layout.gitDir, ...(await storesIn(layout))]) {
        if (await isGivenUp(gitDir)) continue
        await tendOne(gitDir, stop).catch((error: unknown) => {
          if (stop.aborted) return
          failedAtBytes.set(gitDir, lookAtObjects(gitDir).bytes)
          options.complain(error)
        })
      }
    } while (isAskedAgain && !stop.aborted)
  }

  async function tendOne(gitDir: string, stop: AbortSignal): Promise<void> {
    const git = options.gitUntil(stop)
    let wasQuiet = false
    const begun = await gap.within(() => {
      wasQuiet = isQuiet
      return begin(gitDir, git)
    }, stop)
    if (begun === null) return
    if (begun === 'join') return joinPacks(git, { gitDir, how: ['--geometric=2'] })
    const isTakenOver = await finish(begun, stop).catch(async (error: unknown) => {
      if (stop.aborted || !lookAtObjects(gitDir).isPartial) throw error
      // Git walks through no tree that was left out: it drops nothing then, but can make one pack.
      await joinPacks(git, { gitDir, how: ['-a', '--keep-unreachable'] })
      failedAtBytes.set(gitDir, lookAtObjects(gitDir).bytes)
      return null
    })
    if (isTakenOver === null) return
    if (!isTakenOver) {
      isAskedAgain = true
      return
    }
    failedAtBytes.delete(gitDir)
    const { bytes } = lookAtObjects(gitDir)
    leftBytes.set(gitDir, bytes)
    if (wasQuiet) noteNeeded(gitDir, bytes)
  }

  function begin(gitDir: string, git: Git): Repack | 'join' | null {
    const store = lookAtObjects(gitDir)
    const due = whatIsDue(gitDir, store)
    if (due !== 'all') return due === 'join' ? due : null
    demandRoom(gitDir, store)
    return beginRepack(git, { gitDir, isThorough: options.isThorough })
  }

  function whatIsDue(gitDir: string, store: ObjectStore): Due {
    if (store.packs.length === 0) return 'nothing'
    const needed = neededBytes(gitDir, store)
    const left = isQuiet ? 0 : (leftBytes.get(gitDir) ?? 0)
    const basis = Math.max(needed, left, failedAtBytes.get(gitDir) ?? 0)
    if (store.bytes - basis > Math.max(basis * share, leastBytes)) return 'all'
    if (store.packs.length <= manyPacks) return 'nothing'
    // Joined by that, objects would look as if their host could not be asked for what they name.
    return store.isPartial ? 'all' : 'join'
  }

  /** False when what it made must not take the place of the others; null when it was ended. */
  async function finish(repack: Repack, stop: AbortSignal): Promise<boolean | null> {
    let isGood = true
    const watch = gap.watch(() => {
      isGood &&= looks(repack)
    })
    try {
      await repack.made
      return await gap.within(() => {
        if (isGood) repack.takeOver()
        return isGood
      }, stop)
    } finally {
      watch.end()
      await repack.clear()
    }
  }

  return {
    tend(how) {
      isQuiet = how.isQuiet
      isAskedAgain = true
      if (running !== null) return
      const stop = new AbortController()
      const done = tendAll(stop.signal)
        .catch(options.complain)
        .finally(() => {
          running = null
        })
      running = { done, stop }
    },
    async end() {
      running?.stop.abort()
      await running?.done
    },
    async idle() {
      await running?.done
    },
  }
}

/** What cannot be looked at is not trusted; no pass shall hear of it. */
function looks(repack: Repack): boolean {
  try {
    return repack.look()
  } catch {
    return false
  }
}

/** Makes one pack of all, or of those that are small beside the others: nothing is dropped. */
async function joinPacks(
  git: Git,
  { gitDir, how }: { readonly gitDir: string; readonly how: readonly string[] },
): Promise<void> {
  const own = git.withMore({ env: { GIT_DIR: gitDir } })
  await own.run(`Cannot join the packs of ${gitDir}`, ['repack', '-d', '-n', '--quiet', ...how])
}

/** What the objects took when nothing was needless, as far as somebody noted that: else, what is there. */
function neededBytes(gitDir: string, store: ObjectStore): number {
  const file = noteOf(gitDir)
  const noted = existsSync(file) ? Number.parseInt(readFileSync(file, 'utf8'), 10) : Number.NaN
  if (!Number.isNaN(noted)) return noted
  noteNeeded(gitDir, store.bytes)
  return store.bytes
}

/** A restart must not take for needed what is not. */
function noteNeeded(gitDir: string, bytes: number): void {
  try {
    writeFileSync(noteOf(gitDir), `${bytes}\n`)
  } catch {
    // A full volume, or a store that is gone: noted the next time.
  }
}

function noteOf(gitDir: string): string {
  return join(gitDir, 'sync-needed-bytes')
}

/** For a time all that is needed is there twice. @throws Error when that would fill the volume. */
function demandRoom(gitDir: string, store: ObjectStore): void {
  const { bavail, bsize } = statfsSync(gitDir)
  if (bavail * bsize > store.bytes) return
  const mib = Math.ceil(store.bytes / (1 << 20))
  throw new Error(`Cannot repack ${gitDir}: its volume has not ${mib} MiB left; give it more`)
}
