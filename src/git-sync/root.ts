import { constants } from 'node:fs'
import { access, mkdir, realpath } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { removeRemains } from '#git-sync/git/remains.ts'
import { hasRepository } from '#git-sync/git/repository.ts'
import { removeUnfinishedPacks } from '#git-sync/git/unfinished.ts'
import { layoutOf } from '#git-sync/tree/layout.ts'
import { sweepUnfinished } from '#git-sync/tree/sweep.ts'
import type { Clock } from '#kit/clock.ts'
import { type FileLock, type LockAnswer, tryLock } from '#kit/file-lock.ts'
import { sweepTemporary } from '#kit/files.ts'
import type { Log } from '#kit/log.ts'

/** Makes the root and resolves links on the way to it. @throws Error naming --root. */
export async function openRoot(path: string): Promise<string> {
  try {
    await mkdir(resolve(path), { recursive: true, mode: 0o775 })
    const root = await realpath(resolve(path))
    await access(root, constants.W_OK | constants.X_OK)
    return root
  } catch (cause) {
    throw new Error(`Cannot write to --root ${path}: give a folder that this user can write`, {
      cause,
    })
  }
}

export interface LockOptions {
  readonly log: Log
  readonly clock: Clock
  readonly stop: AbortSignal
  /** Written into the lock for the one who waits. */
  readonly owner: string
  /** How long to wait for another writer. */
  readonly patienceMs: number
  /** True for a tree of the writer before that is not a left-over. */
  readonly adopts: (tree: string) => Promise<boolean>
}

const tryEveryMs = 200

/**
 * Becomes the only writer of the root: waits for another one to end, and says so. Then left-overs of
 * a killed writer go. Null when this file system has no locks, or when `stop` ended the waiting.
 * @throws Error when another one still writes after `patienceMs`.
 */
async function lockRoot(root: string, options: LockOptions): Promise<FileLock | null> {
  const { log, clock, stop, owner, patienceMs } = options
  const untilMs = clock.monotonicMs() + patienceMs
  const path = join(root, '.git-sync.lock')
  let told = false
  while (!stop.aborted) {
    const answer = lockAnswer(path, owner)
    if (answer.kind === 'unsupported') {
      log.warn('this file system has no locks: make sure that only one git-sync writes here', {
        root,
      })
      return null
    }
    if (answer.kind === 'held') {
      await removeLeftOvers(root, options)
      return answer.lock
    }
    if (clock.monotonicMs() > untilMs) {
      const why = `another git-sync does (${answer.by})`
      throw new Error(`Cannot write to --root ${root}: ${why}; end that one, or give each its own`)
    }
    if (!told)
      log.info('waiting for another git-sync that writes to this root', { root, by: answer.by })
    told = true
    await clock.sleep(tryEveryMs, stop)
  }
  return null
}

/** The lock on a root over the whole life of a daemon. */
export interface RootLock {
  /** For each git that is started now, or undefined where there are no locks. */
  readonly descriptor: number | undefined
  /** False when somebody emptied the volume under us, and took the lock with it. */
  stands(): boolean
  /** Takes it anew. Only to be called while no git of ours runs: left-overs are removed. */
  retake(): Promise<void>
}

/** Takes the lock as `lockRoot` says. */
export async function openRootLock(root: string, options: LockOptions): Promise<RootLock> {
  let lock = await lockRoot(root, options)
  return {
    get descriptor() {
      return lock?.descriptor
    },
    stands: () => lock?.stands() ?? true,
    async retake() {
      options.log.warn('somebody removed the lock of this root: taking it again', { root })
      await mkdir(root, { recursive: true })
      lock?.release()
      lock = await lockRoot(root, options)
    },
  }
}

function lockAnswer(path: string, owner: string): LockAnswer {
  try {
    return tryLock(path, owner)
  } catch (cause) {
    throw new Error(`Cannot open ${path}: give it to the user that git-sync runs as`, { cause })
  }
}

async function removeLeftOvers(root: string, { log, clock, adopts }: LockOptions): Promise<void> {
  if (await hasRepository(root)) {
    await removeRemains(root, log)
    await removeUnfinishedPacks(root)
  }
  await sweepUnfinished(layoutOf(root), adopts)
  await sweepTemporary(root, { nowMs: clock.nowMs(), olderThanMs: 0 })
}
