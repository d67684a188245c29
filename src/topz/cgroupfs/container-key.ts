/** What `/proc/PID/cgroup` tells, one entry a line. No controllers: the v2 hierarchy. */
export interface CgroupPath {
  readonly controllers: readonly string[]
  readonly path: string
}

/** Which container a path of the hierarchy belongs to. */
export interface ContainerPath {
  /** Container id, else the relative path: stable while the container lives. */
  readonly key: string
  /** The path of the container itself, without the groups it made inside. */
  readonly path: string
}

/**
 * Forms seen: `/` (ourselves, in a namespace of our own), `/../cri-containerd-ID.scope`, `/../ID`,
 * `/../crio-ID.scope/container`, `/kubepods.slice/…/docker-ID.scope`, `/kubepods/burstable/podUID/ID`
 * and `/../libpod-ID`. The id is the last run of 32 or more hex digits, 64 in all runtimes of today.
 */
export function containerPathOf(path: string): ContainerPath {
  const parts = path.split('/')
  for (let index = parts.length - 1; index >= 0; index--) {
    const id = lastIdIn(parts[index] ?? '')
    if (id !== null) return { key: id, path: parts.slice(0, index + 1).join('/') }
  }
  const relative = path.replace(/^(\/\.\.)+(?=\/|$)/, '')
  return { key: relative === '' ? '/' : relative, path }
}

/**
 * Where a process belongs. On v1, and on hybrid machines, the memory controller's line decides:
 * there the v2 line holds no controllers and often no container.
 */
export function memberPathOf(lines: readonly CgroupPath[]): string {
  const memory = lines.find((line) => line.controllers.includes('memory'))
  const unified = lines.find((line) => line.controllers.length === 0)
  return (memory ?? unified ?? lines[0])?.path ?? '/'
}

/** The pod's UID where a path names it: `/kubepods/burstable/podUID/…`, `…-podUID.slice/…`. */
export function podUidOf(path: string): string | null {
  const found =
    /pod([0-9a-f]{8}([-_]?)[0-9a-f]{4}\2[0-9a-f]{4}\2[0-9a-f]{4}\2[0-9a-f]{12})(?![0-9a-f])/.exec(
      path,
    )
  return found?.[1]?.replaceAll('_', '-') ?? null
}

function lastIdIn(part: string): string | null {
  return part.match(/[0-9a-f]{32,}/g)?.at(-1) ?? null
}
