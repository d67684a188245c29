import type { HookEvent } from '#git-sync/hooks/hook.ts'
import type { Clock } from '#kit/clock.ts'
import { touch } from '#kit/files.ts'
import { type Log, reasonOf } from '#kit/log.ts'
import type { Hooks } from './hooks-of.ts'

export interface AnnouncerOptions {
  /** Absolute, or null when nobody wants it. */
  readonly touchFile: string | null
  readonly hooks: Hooks
  readonly clock: Clock
  readonly log: Log
  readonly stop: AbortSignal
}

/** Tells the world outside of trees. Nothing here waits for what it starts. */
export interface Announcer {
  /** It is about to be served. */
  prePublish(event: HookEvent): void
  /** It is served. */
  announce(event: HookEvent): void
  /** True while a hook runs in the tree. */
  isInUse(tree: string): boolean
  /** The end: waits for hooks that run; false when one of one-time mode failed. */
  finish(): Promise<boolean>
}

export function createAnnouncer(options: AnnouncerOptions): Announcer {
  const { touchFile, hooks, clock, log, stop } = options
  const all = [...hooks.prePublish, ...hooks.published]
  let touching: Promise<void> = Promise.resolve()

  async function touchNow(): Promise<void> {
    if (touchFile === null) return
    await touch(touchFile, clock.nowMs()).catch((error: unknown) => {
      log.error(`Cannot touch --touch-file ${touchFile}`, { error: reasonOf(error) })
    })
  }

  return {
    prePublish(event) {
      for (const hook of hooks.prePublish) hook.fire(event)
    },
    announce(event) {
      touching = touching.then(touchNow)
      for (const hook of hooks.published) hook.fire(event)
    },
    isInUse: (tree) => all.some((hook) => hook.runsIn === tree),
    async finish() {
      const ends = await Promise.all(all.map((hook) => hook.finish()))
      // A file system that hangs would hold it for ever.
      await Promise.race([touching, aborted(stop)])
      return ends.every(Boolean)
    },
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
