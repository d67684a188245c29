import { readlinkSync } from 'node:fs'
import type { Machine } from '#topz/procfs/auxv.ts'
import { parseAuxv } from '#topz/procfs/auxv.ts'
import { openFileCount } from '#topz/procfs/fd.ts'
import { maxOpenFiles } from '#topz/procfs/limits.ts'
import { memTotalBytes } from '#topz/procfs/meminfo.ts'
import { parsePasswd } from '#topz/procfs/passwd.ts'
import { readBytes, readText } from '#topz/procfs/read-file.ts'

/** What holds for as long as we run. */
export interface Surroundings extends Machine {
  readonly ownPid: number | null
  readonly hostMemoryBytes: number | null
  readonly softOpenFiles: number | null
  /** Whether the kernel tells the number of open files as a folder's size (6.2 and later). */
  readonly countsOpenFiles: boolean
  /** Whether the kernel tells how long a thread waited for a CPU. */
  readonly tellsWaiting: boolean
  /** Whether we share the machine's own control group namespace: then `/` is the whole machine. */
  readonly hostCgroups: boolean
  readonly users: ReadonlyMap<number, string>
}

/** The kernel's fixed number for its first control group namespace. */
const firstCgroupNamespace = 'cgroup:[4026531835]'

/** Each thing that cannot be read is null, or the kernel's usual value. */
export function surroundingsOf(procRoot: string): Surroundings {
  const own = Number.parseInt(tryTo(() => readlinkSync(`${procRoot}/self`)) ?? '', 10)
  return {
    ...parseAuxv(tryTo(() => readBytes(`${procRoot}/self/auxv`, 4096)) ?? Buffer.alloc(0)),
    ownPid: Number.isFinite(own) ? own : null,
    hostMemoryBytes: tryTo(() => memTotalBytes(readText(`${procRoot}/meminfo`, 65536))),
    softOpenFiles: tryTo(() => maxOpenFiles(readText(`${procRoot}/self/limits`, 65536))),
    // we hold files open ourselves, so 0 means that this kernel does not count
    countsOpenFiles: (tryTo(() => openFileCount(`${procRoot}/self`)) ?? 0) > 0,
    // a kernel built without these counts has the file, and zeros in it
    tellsWaiting: !/^(0 0 0)?$/.test(
      tryTo(() => readText(`${procRoot}/self/schedstat`, 256))?.trim() ?? '',
    ),
    hostCgroups: tryTo(() => readlinkSync(`${procRoot}/self/ns/cgroup`)) === firstCgroupNamespace,
    users:
      tryTo(() => parsePasswd(readText(`${procRoot}/self/root/etc/passwd`, 1 << 20))) ?? new Map(),
  }
}

function tryTo<T>(read: () => T): T | null {
  try {
    return read()
  } catch {
    return null
  }
}
