import type { Clock } from '#kit/clock.ts'
import { touch } from '#kit/files.ts'
import { type Log, reasonOf } from '#kit/log.ts'
import type { Hooks } from './hooks-of.ts'
import type { Publications, Told } from './publications.ts'

export interface AnnouncerOptions {
  /** Absolute, or null when nobody wants it. */
  readonly touchFile: string | null
  readonly hooks: Hooks
  readonly publications: Publications
  readonly clock: Clock
  readonly log: Log
  readonly stop: AbortSignal
}

/** Tells the world outside of trees. Nothing here waits for what it starts. */
export interface Announcer {
  /** It is about to be served. */
  prePublish(told: Told): void
  /** It is served. */
  announce(told: Told): void
  /** True while a hook runs in the tree. */
  isInUse(tree: string): boolean
  /** The end: waits for hooks that run; false when one of one-time mode failed. */
  finish(): Promise<boolean>
}

export function createAnnouncer(options: AnnouncerOptions): Announcer {
  const { touchFile, hooks, publications, clock, log, stop } = options
  const all = [...hooks.prePublish, ...hooks.published]
  let touching: Promise<void> = Promise.resolve()

  async function touchNow(): Promise<void> {
    if (touchFile === null) return
    await touch(touchFile, clock.nowMs()).catch((error: unknown) => {
      log.error(`Cannot touch --touch-file ${touchFile}`, { error: reasonOf(error) })
    })
  }

  return {
    prePublish(told) {
      const event = publications.next(told)
      for (const hook of hooks.prePublish) hook.fire(event)
    },
    announce(told) {
      touching = touching.then(touchNow)
      const event = publications.served(told)
      for (const hook of hooks.published) hook.fire(event)
    },
    isInUse: (tree) => all.some((hook) => hook.runsIn === tree),
    async finish() {
      const ends = await Promise.all(all.map((hook) => hook.finish()))
      // A file system that hangs would hold it for ever.
      await Promise.race([Promise.all([touching, publications.written()]), aborted(stop)])
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
