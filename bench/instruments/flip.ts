import { readlinkSync, watch } from 'node:fs'
import { basename, dirname } from 'node:path'

/** An event may be lost; then this tells too late, but it tells. */
const lookEveryMs = 500

export interface Flip {
  /** performance.now() of the moment in which the link named the commit. @throws At the deadline. */
  readonly atMs: Promise<number>
}

/** Watches a link from now on; the kernel tells of its change within a millisecond. */
export function watchFlip(link: string, commit: string, timeoutMs: number): Flip {
  const { promise, resolve, reject } = Promise.withResolvers<number>()
  const look = (): void => {
    if (!names(link, commit)) return
    resolve(performance.now())
    end()
  }
  const watcher = watch(dirname(link), look)
  const looking = setInterval(look, lookEveryMs)
  const deadline = setTimeout(() => {
    reject(new Error(`Cannot see ${link} flip to ${commit}: it did not in ${timeoutMs / 1000} s`))
    end()
  }, timeoutMs)
  const end = (): void => {
    watcher.close()
    clearInterval(looking)
    clearTimeout(deadline)
  }
  look()
  return { atMs: promise }
}

function names(link: string, commit: string): boolean {
  try {
    return basename(readlinkSync(link)) === commit
  } catch {
    return false
  }
}
