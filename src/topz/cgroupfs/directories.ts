import type { CgroupPath } from './container-key.ts'
import { containerPathOf, memberPathOf } from './container-key.ts'
import type { CgroupVersion } from './figures.ts'
import { v1 } from './v1.ts'
import { v2 } from './v2.ts'

/** What a mount of a control group's hierarchy tells. */
export interface CgroupMount {
  readonly root: string
  readonly point: string
  readonly type: string
  readonly superOptions: readonly string[]
}

/** Which version a process's lines speak of: hybrid machines keep their controllers on v1. */
export function versionOf(lines: readonly CgroupPath[]): CgroupVersion {
  const onV1 = lines.some(
    (line) => line.controllers.includes('memory') || line.controllers.includes('cpu'),
  )
  return onV1 ? v1 : v2
}

/**
 * The folder, as the process sees it, with a controller's files of its container: its own mount of
 * the hierarchy plus what its path has beyond the mount's root. Both are told from the reader's
 * namespace, so they compare. `unified` is the v2 hierarchy, on hybrid machines too.
 *
 * @returns null when the hierarchy is not mounted there, or holds another group's figures.
 */
export function directoryOf(
  controller: string,
  { lines, mounts }: { lines: readonly CgroupPath[]; mounts: readonly CgroupMount[] },
): string | null {
  const unified = controller === 'unified' || versionOf(lines) === v2
  const line = lines.find((line) =>
    unified ? line.controllers.length === 0 : line.controllers.includes(controller),
  )
  if (line === undefined) return null
  const { key, path } = containerPathOf(line.path)
  // a controller that was not delegated counts a larger group than the container
  if (key !== containerPathOf(memberPathOf(lines)).key) return null
  for (const mount of mounts) {
    const fits = unified
      ? mount.type === 'cgroup2'
      : mount.type === 'cgroup' && mount.superOptions.includes(controller)
    const below = fits && !isCovered(mount, mounts) ? pathBelow(mount.root, path) : null
    if (below !== null) return `${mount.point}${below}`
  }
  return null
}

/** Whether another was mounted over it: then its files are not those that a path leads to. */
function isCovered(mount: CgroupMount, mounts: readonly CgroupMount[]): boolean {
  return mounts.findLast(({ point }) => point === mount.point) !== mount
}

function pathBelow(root: string, path: string): string | null {
  if (path === root || root.startsWith(`${path}/`)) return ''
  if (root === '/') return path.startsWith('/..') ? null : path
  return path.startsWith(`${root}/`) ? path.slice(root.length) : null
}
