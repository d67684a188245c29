import { appendFile, readFile } from 'node:fs/promises'

export interface UserOptions {
  readonly uid: number
  readonly gid: number
  /** Where ssh looks for its own settings. */
  readonly home: string
  /** The list of users: lines of `NAME:x:UID:GID:COMMENT:HOME:SHELL`, see passwd(5). */
  readonly file: string
}

/**
 * Adds a user for a uid that the list does not know: ssh runs for nobody else.
 * @throws Error naming --add-user when it cannot.
 */
export async function addUser({ uid, gid, home, file }: UserOptions): Promise<void> {
  try {
    const list = await readFile(file, 'utf8')
    if (list.split('\n').some((line) => line.split(':')[2] === String(uid))) return
    if (/[:\n]/.test(home))
      throw new Error(`$HOME is ${JSON.stringify(home)}, which no line can hold`)
    const before = list === '' || list.endsWith('\n') ? '' : '\n'
    await appendFile(file, `${before}git-sync:x:${uid}:${gid}::${home}:/sbin/nologin\n`)
  } catch (cause) {
    throw new Error(
      `Cannot add a user for uid ${uid} to ${file}: let this user write to it, or leave --add-user`,
      { cause },
    )
  }
}
