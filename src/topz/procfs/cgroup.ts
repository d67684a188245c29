/** One line of `/proc/PID/cgroup`. */
export interface CgroupLine {
  /** Empty for cgroup v2, `name=systemd` for a v1 hierarchy without controllers. */
  readonly controllers: readonly string[]
  /** As seen from the reader's cgroup namespace, so a neighbour's begins with `/..`. */
  readonly path: string
}

/** `ID:CONTROLLERS:PATH` as in cgroups(7); the path may hold colons. */
export function parseCgroup(text: string): CgroupLine[] {
  const lines: CgroupLine[] = []
  for (const line of text.split('\n')) {
    const first = line.indexOf(':')
    const second = line.indexOf(':', first + 1)
    if (first < 0 || second < 0) continue
    const names = line.slice(first + 1, second)
    const path = line.slice(second + 1)
    // a zombie outlives its cgroup, which only v2 tells; on v1 it is part of a name
    if (names === '') lines.push({ controllers: [], path: path.replace(/ \(deleted\)$/, '') })
    else lines.push({ controllers: names.split(','), path })
  }
  return lines
}
