import { mkdirSync } from 'node:fs'
import type { Credentials } from '#git-sync/credentials/credentials.ts'
import { type GitAuth, joinAuth } from '#git-sync/git/auth.ts'
import { type Git, GitError } from '#git-sync/git/git.ts'
import type { Setting } from '#git-sync/git/git-config.ts'
import { localSettings } from '#git-sync/git/local.ts'
import { openRemote } from '#git-sync/remote/open-remote.ts'
import type { SharedSsh } from '#git-sync/remote/shared-ssh.ts'
import { formatDuration } from '#kit/duration.ts'
import { timeLimit } from '#kit/time-limit.ts'
import { unlessAborted } from '#kit/unless-aborted.ts'
import { type Holding, openHolding } from './holding.ts'
import { type Outcome, pass } from './pass.ts'
import type { RootLock } from './root.ts'
import { type StagesOptions, stagesOf } from './stages.ts'

export interface SyncerOptions extends Omit<StagesOptions, 'url'> {
  readonly git: Git
  readonly credentials: Credentials
  /** What polls over ssh share. */
  readonly ssh: SharedSsh | null
  readonly lock: RootLock
  readonly syncTimeoutMs: number
  readonly fsync: boolean
  readonly stop: AbortSignal
}

/** Makes the function that does one pass within its time limit, with credentials of that moment. */
export function createSyncer(options: SyncerOptions): () => Promise<Outcome> {
  const { credentials, layout } = options
  const stagesOptions = { ...options, url: credentials.url }
  const remoteOf = openRemote({ ...options, url: credentials.url })
  const own = { config: [...localSettings(credentials.url), ...durabilityOf(options)] }
  let holding: Holding | null = null
  let asking: { readonly auth: GitAuth; readonly git: Git } | null = null

  async function syncWithin(stop: AbortSignal): Promise<Outcome> {
    const { lock, endQuiet } = options
    // Somebody may have emptied the volume under us: a lock that stands tells that nobody did.
    if (lock.descriptor === undefined) mkdirSync(layout.root, { recursive: true })
    if (!lock.stands()) {
      await endQuiet()
      await lock.retake()
    }
    const late = 'Cannot read the credentials in time'
    const auth = await unlessAborted(credentials.refresh(), { stop, late })
    if (asking?.auth !== auth) {
      asking = { auth, git: options.git.with({ auth: joinAuth([auth, own]) }) }
    }
    const git = asking.git.with({ stop, lock: lock.descriptor })
    holding ??= await openHolding(git, stagesOptions)
    const remote = remoteOf({ git, auth, stop })
    return pass(stagesOf(stagesOptions, { git, remote, holding, stop }))
  }

  return () => withinTime(options, syncWithin)
}

/** What git writes down is on the disk before it says so: by itself it waits for packs alone. */
function durabilityOf({ fsync }: SyncerOptions): readonly Setting[] {
  return fsync ? [['core.fsync', 'all']] : []
}

/** A pass that runs into its limit has its programs ended, and says so. */
async function withinTime<T>(
  { syncTimeoutMs, stop }: Pick<SyncerOptions, 'syncTimeoutMs' | 'stop'>,
  act: (stop: AbortSignal) => Promise<T>,
): Promise<T> {
  using limit = timeLimit({ ms: syncTimeoutMs, stop })
  try {
    return await act(limit.signal)
  } catch (cause) {
    if (stop.aborted || !limit.signal.aborted) throw cause
    const shown = formatDuration(syncTimeoutMs)
    throw new GitError(`The sync ran into --sync-timeout ${shown}`, {
      cause,
      advice: 'look at the host and the network to it, or give it longer',
    })
  }
}
