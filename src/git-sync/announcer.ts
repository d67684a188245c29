import type { HookEvent } from '#git-sync/hooks/exec.ts'
import type { Hook } from '#git-sync/hooks/hook.ts'
import type { Clock } from '#kit/clock.ts'
import { touch } from '#kit/files.ts'
import { type Log, reasonOf } from '#kit/log.ts'

export interface AnnouncerOptions {
  /** Absolute, or null when nobody wants it. */
  readonly touchFile: string | null
  readonly hooks: readonly Hook[]
  /** Hooks run once, without a second try, and `finish` waits for them. */
  readonly oneTime: boolean
  readonly clock: Clock
  readonly log: Log
}

/** Tells the world outside that a tree is served. */
export interface Announcer {
  announce(event: HookEvent): void
  /** The end: waits for hooks that run; false when one of one-time mode failed. */
  finish(): Promise<boolean>
}

export function createAnnouncer(options: AnnouncerOptions): Announcer {
  const { touchFile, hooks, oneTime, clock, log } = options
  let touching: Promise<void> = Promise.resolve()
  let once: Promise<boolean> = Promise.resolve(true)

  async function touchNow(): Promise<void> {
    if (touchFile === null) return
    await touch(touchFile, clock.nowMs()).catch((error: unknown) => {
      log.error(`Cannot touch --touch-file ${touchFile}`, { error: reasonOf(error) })
    })
  }

  async function runAll(event: HookEvent): Promise<boolean> {
    const results = await Promise.all(hooks.map((hook) => hook.once(event)))
    return results.every(Boolean)
  }

  return {
    announce(event) {
      touching = touching.then(touchNow)
      if (oneTime) once = runAll(event)
      else for (const hook of hooks) hook.fire(event)
    },
    async finish() {
      await touching
      await Promise.all(hooks.map((hook) => hook.idle()))
      return once
    },
  }
}
