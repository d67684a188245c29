import { mkdir } from 'node:fs/promises'
import type { Credentials } from '#git-sync/credentials/credentials.ts'
import type { Git } from '#git-sync/git/git.ts'
import { lsRemote } from '#git-sync/remote/ls-remote.ts'
import { formatDuration } from '#kit/duration.ts'
import { type Outcome, pass } from './pass.ts'
import { adoptServed, type Holding, openHolding, type StagesOptions, stagesOf } from './stages.ts'

export interface SyncerOptions extends Omit<StagesOptions, 'url'> {
  readonly git: Git
  readonly credentials: Credentials
  readonly syncTimeoutMs: number
  readonly stop: AbortSignal
}

/** Makes the function that does one pass within its time limit, with credentials of that moment. */
export function createSyncer(options: SyncerOptions): () => Promise<Outcome> {
  const { credentials, layout, link, log } = options
  const stagesOptions = { ...options, url: credentials.url }
  let holding: Holding | null = null

  async function syncWithin(stop: AbortSignal): Promise<Outcome> {
    // Somebody may have emptied the volume under us.
    await mkdir(layout.root, { recursive: true })
    const auth = await credentials.refresh()
    const git = options.git.with({ auth, stop })
    if (holding === null) {
      const opened = await openHolding(git, options)
      await adoptServed(git, { layout, link, holding: opened, log })
      holding = opened
    }
    const remote = lsRemote(git, credentials.url)
    return pass(stagesOf(stagesOptions, { git, remote, holding }))
  }

  return () => withinTime(options, syncWithin)
}

/** A pass that runs into its limit has its programs ended, and says so. */
async function withinTime<T>(
  { syncTimeoutMs, stop }: Pick<SyncerOptions, 'syncTimeoutMs' | 'stop'>,
  act: (stop: AbortSignal) => Promise<T>,
): Promise<T> {
  const limit = new AbortController()
  const end = (): void => limit.abort()
  const timer = setTimeout(end, syncTimeoutMs)
  stop.addEventListener('abort', end, { once: true })
  try {
    return await act(limit.signal)
  } catch (cause) {
    if (stop.aborted || !limit.signal.aborted) throw cause
    const shown = formatDuration(syncTimeoutMs)
    throw new Error(`The sync ran into --sync-timeout ${shown}`, { cause })
  } finally {
    clearTimeout(timer)
    stop.removeEventListener('abort', end)
  }
}
