import type { Log } from '#kit/log.ts'
import { removeBrokenRefs } from './broken-refs.ts'
import { removeOrphanedLocks } from './locks.ts'

/**
 * Removes what a killed git or a lost power left in the repository; true when there was something.
 * Only to be called by the only writer, while no git runs.
 */
export async function removeRemains(root: string, log: Log): Promise<boolean> {
  const remains = [...(await removeOrphanedLocks(root)), ...(await removeBrokenRefs(root))]
  if (remains.length > 0) log.warn('removed what a killed git left', { remains })
  return remains.length > 0
}
