import { statSync } from 'node:fs'

/**
 * Number of open files of a process: from kernel 6.2 on the size of its `fd` folder, for anybody to
 * see, where listing the folder would need rights and cost more.
 *
 * @throws What stat throws, with its `code`.
 */
export function openFileCount(processFolder: string): number {
  return statSync(`${processFolder}/fd`).size
}
