import { existsSync, mkdirSync, readFileSync, rmdirSync } from 'node:fs'
import { join } from 'node:path'
import { until } from '#test/fixtures/until.ts'

/** A group of processes whose memory the kernel counts: what a kubelet sees of a container. */
export interface OwnCgroup extends AsyncDisposable {
  /** Write a process id into it, and that process and its children are counted. */
  readonly procs: string
  /** Memory that the kernel could not take without asking: all but file pages out of use. */
  workingSetBytes(): number | null
}

/** What the two versions of control groups call the same figures: see cgroups(7). */
const versions = [
  {
    base: '/sys/fs/cgroup',
    line: /^0::(\/.*)$/m,
    usage: 'memory.current',
    inactive: /^inactive_file (\d+)$/m,
  },
  {
    base: '/sys/fs/cgroup/memory',
    line: /^\d+:[^:]*\bmemory\b[^:]*:(\/.*)$/m,
    usage: 'memory.usage_in_bytes',
    inactive: /^total_inactive_file (\d+)$/m,
  },
] as const

let made = 0

/** A new one below our own; null where none with memory can be made. */
export function openCgroup(): OwnCgroup | null {
  const ours = readFileSync('/proc/self/cgroup', 'utf8')
  for (const { base, line, usage, inactive } of versions) {
    const own = line.exec(ours)?.[1]
    if (own === undefined) continue
    const folder = join(base, own, `bench-${process.pid}-${made++}`)
    try {
      mkdirSync(folder)
    } catch {
      continue
    }
    if (!existsSync(join(folder, usage))) {
      rmdirSync(folder)
      continue
    }
    return {
      procs: join(folder, 'cgroup.procs'),
      workingSetBytes() {
        const unused = inactive.exec(readFileSync(join(folder, 'memory.stat'), 'utf8'))?.[1]
        const used = Number(readFileSync(join(folder, usage), 'utf8'))
        return unused === undefined ? null : used - Number(unused)
      },
      async [Symbol.asyncDispose]() {
        await until(async () => removed(folder), { what: `the end of all in ${folder}` })
      },
    }
  }
  return null
}

/** A process that has just ended is a member for a moment more. */
function removed(folder: string): true | null {
  try {
    rmdirSync(folder)
    return true
  } catch {
    return null
  }
}
