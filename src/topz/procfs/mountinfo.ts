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
 * mountinfo names its container. Where it is mounted is configurable, so only the root counts; a
 * volume may hold such a path too, as its owner likes.
 */
export function kubeletMountOf(mounts: readonly Mount[]): KubeletMount | null {
  for (const mount of mounts) {
    const found = terminationLog.exec(mount.root)
    if (found?.[1] === undefined || found[2] === undefined) continue
    if (insideVolume.test(mount.root.slice(0, found.index))) continue
    return { podUid: found[1], containerName: found[2] }
  }
  return null
}

/** That of the API, or 32 hex digits of a static pod. */
const uid = '([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{32})'

/** A DNS label. */
const name = '([a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?)'

/** What is mounted apart may begin anywhere before the UID; a log that was removed says so. */
const terminationLog = new RegExp(`(?:^|/pods)/${uid}/containers/${name}/[^/]+(?://deleted)?$`)

const insideVolume = new RegExp(`/${uid}/volume(?:s|-subpaths)/`)

function unescapeOctal(field: string): string {
  if (!field.includes('\\')) return field
  return field.replace(/\\([0-7]{3})/g, (_, octal: string) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  )
}
