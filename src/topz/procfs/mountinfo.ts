/** One line of `/proc/PID/mountinfo`. */
export interface Mount {
  /** What of the file system is mounted; for cgroups as seen from the reader's namespace. */
  readonly root: string
  /** Where, as the process sees it. */
  readonly point: string
  readonly type: string
  /** Options of the file system itself; for cgroup v1 they name its controllers. */
  readonly superOptions: readonly string[]
}

/**
 * `ID PARENT MAJ:MIN ROOT POINT OPTIONS [TAGS…] - TYPE SOURCE SUPER_OPTIONS`, as in
 * proc_pid_mountinfo(5). Spaces, tabs, newlines and backslashes inside a field are octal.
 */
export function parseMountinfo(text: string): Mount[] {
  const mounts: Mount[] = []
  for (const line of text.split('\n')) {
    const dash = line.indexOf(' - ')
    if (dash < 0) continue
    const [, , , root, point] = line.slice(0, dash).split(' ')
    const [type, , superOptions] = line.slice(dash + 3).split(' ')
    if (root === undefined || point === undefined || type === undefined) continue
    mounts.push({
      root: unescapeOctal(root),
      point: unescapeOctal(point),
      type,
      superOptions: superOptions?.split(',') ?? [],
    })
  }
  return mounts
}

/** What kubelet's own mount into a container tells about it. */
export interface KubeletMount {
  readonly podUid: string
  readonly containerName: string
}

/**
 * Kubelet mounts the termination log from `…/pods/UID/containers/NAME/ID`, so any process's
 * mountinfo names its container. Where it is mounted is configurable, so only the root counts.
 */
export function kubeletMountOf(mounts: readonly Mount[]): KubeletMount | null {
  for (const { root } of mounts) {
    const found = /\/pods\/([^/]+)\/containers\/([^/]+)\/[^/]+$/.exec(root)
    if (found?.[1] !== undefined && found[2] !== undefined) {
      return { podUid: found[1], containerName: found[2] }
    }
  }
  return null
}

function unescapeOctal(field: string): string {
  if (!field.includes('\\')) return field
  return field.replace(/\\([0-7]{3})/g, (_, octal: string) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  )
}
