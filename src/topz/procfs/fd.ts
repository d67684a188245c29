import { constants, fstatSync, statSync } from 'node:fs'

/** Opens a folder only to ask about it, which needs no right to list it (`O_PATH`, open(2)). */
export const withoutReading = 0o10000000 | constants.O_DIRECTORY

/**
 * Number of open files of a process: from kernel 6.2 on the size of its `fd` folder, for anybody to
 * see, where listing the folder would need rights and cost more.
 *
 * @throws What stat throws, with its `code`.
 */
export function openFileCount(processFolder: string): number {
  return statSync(`${processFolder}/fd`).size
}

/** The same through a descriptor on the folder, at a third of the cost. */
export function openFileCountOf(descriptor: number): number {
  return fstatSync(descriptor).size
}
