import { join, relative } from 'node:path'
import { writeFileAtomic } from '#kit/files.ts'

/**
 * Writes the `.git` file that makes a folder a working tree. Relative, so that it is one wherever the
 * volume is mounted. Of mode 0644 whatever the umask: a group that may write files may not lead git
 * elsewhere.
 */
export function linkToAdmin(folder: string, admin: string): Promise<void> {
  return writeFileAtomic(join(folder, '.git'), `gitdir: ${relative(folder, admin)}\n`)
}
