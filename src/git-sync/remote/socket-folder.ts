import { lstatSync, mkdtempSync, readdirSync, realpathSync, rmdirSync } from 'node:fs'
import { join } from 'node:path'

export interface SocketPlaceOptions {
  readonly parent: string
  /** Others read it: no socket may be found there. */
  readonly root: string
  readonly uid: number
  readonly nowMs: number
}

const prefix = 'gitsync-'

/**
 * sun_path of unix(7) has 108 bytes, the last one NUL. ssh's name for `%C` has 40, and while it makes
 * the socket 17 more stand behind that.
 */
const longestFolder = 107 - 17 - 40 - 1

/** An empty folder that is older is what somebody left who was killed. */
const leftMs = 60_000

/** The parent by its real name when a folder for sockets can be made in it, else null. */
export function socketPlace({ parent, root, uid, nowMs }: SocketPlaceOptions): string | null {
  // One word for a shell and for ssh.
  if (!/^\/[\w./+-]*$/.test(parent)) return null
  try {
    const place = realpathSync(parent)
    if (`${place}/`.startsWith(`${root}/`)) return null
    rmdirSync(makeSocketFolder(place, uid))
    removeLeft(place, { uid, nowMs })
    return place
  } catch {
    return null // It is not there, cannot be written, or is too long.
  }
}

/**
 * Makes a folder that no other user can look into, short enough for ssh's sockets.
 * @throws Error when that cannot be.
 */
export function makeSocketFolder(place: string, uid: number): string {
  const folder = mkdtempSync(join(place, prefix))
  if (folder.length <= longestFolder && isPrivate(folder, uid)) return folder
  rmdirSync(folder)
  throw new Error(
    `Cannot make a folder for sockets in ${place}: its name is long, or others own it`,
  )
}

/** True while the folder is a folder of this user's that nobody else may look into. */
export function isPrivate(folder: string, uid: number): boolean {
  const found = lstatSync(folder, { throwIfNoEntry: false })
  return found?.isDirectory() === true && found.uid === uid && (found.mode & 0o077) === 0
}

/** The socket of somebody who was killed goes with its ssh, which ends by itself; the folder stays. */
function removeLeft(
  place: string,
  { uid, nowMs }: Pick<SocketPlaceOptions, 'uid' | 'nowMs'>,
): void {
  for (const name of readdirSync(place)) {
    if (!name.startsWith(prefix)) continue
    const folder = join(place, name)
    if (!isPrivate(folder, uid) || nowMs - lstatSync(folder).mtimeMs < leftMs) continue
    try {
      rmdirSync(folder)
    } catch {
      // Somebody uses it, or removes it, too.
    }
  }
}
