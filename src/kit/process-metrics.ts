import { readdirSync, readFileSync } from 'node:fs'
import type { Registry } from './metrics.ts'

/** The kernel tells times in hundredths of a second, whatever its own clock: USER_HZ of time(7). */
const ticksPerSecond = 100

interface Figure {
  readonly name: string
  readonly help: string
  readonly type: 'counter' | 'gauge'
  /** Null when the kernel does not tell. */
  readonly read: (folder: string) => number | null
}

/** What Prometheus' own client libraries tell of the process on Linux, under the same names. */
const figures: readonly Figure[] = [
  {
    name: 'process_cpu_seconds_total',
    help: 'CPU time of this process in seconds, without the programs it starts',
    type: 'counter',
    read(folder) {
      const [user, system] = [statField(folder, 14), statField(folder, 15)]
      return user === null || system === null ? null : (user + system) / ticksPerSecond
    },
  },
  {
    name: 'process_max_fds',
    help: 'Files that this process may have open at once',
    type: 'gauge',
    read: (folder) => number(folder, 'self/limits', /^Max open files\s+(\d+)/m),
  },
  {
    name: 'process_open_fds',
    help: 'Files that this process has open',
    type: 'gauge',
    read: (folder) => readdirSync(`${folder}/self/fd`).length,
  },
  {
    name: 'process_resident_memory_bytes',
    help: 'Memory of this process in RAM, the executable and shared libraries included',
    type: 'gauge',
    read: (folder) => kibibytes(folder, /^VmRSS:\s+(\d+) kB$/m),
  },
  {
    name: 'process_start_time_seconds',
    help: 'When this process started, in seconds since 1970',
    type: 'gauge',
    read(folder) {
      const boot = number(folder, 'stat', /^btime (\d+)$/m)
      const start = statField(folder, 22)
      return boot === null || start === null ? null : boot + start / ticksPerSecond
    },
  },
  {
    name: 'process_virtual_memory_bytes',
    help: 'Addresses that this process has reserved; most are no memory in use',
    type: 'gauge',
    read: (folder) => kibibytes(folder, /^VmSize:\s+(\d+) kB$/m),
  },
]

/**
 * Adds CPU, memory and open files of this process, read when somebody asks. A figure that the
 * kernel does not tell has no series.
 *
 * @param folder Where Linux mounts its process file system; proc(5) has the formats.
 */
export function addProcessMetrics(registry: Registry, folder: string): void {
  for (const { name, help, type, read } of figures) {
    registry.scraped({
      name,
      help,
      type,
      labels: [],
      read(set) {
        const value = known(() => read(folder))
        if (value !== null) set({}, value)
      },
    })
  }
}

/** A field of `PID (NAME) STATE …`, numbered from 1; the name may hold spaces and parentheses. */
function statField(folder: string, field: number): number | null {
  const text = readFileSync(`${folder}/self/stat`, 'latin1')
  const value = text.slice(text.lastIndexOf(')') + 2).split(' ')[field - 3]
  return value === undefined ? null : Number(value)
}

function kibibytes(folder: string, line: RegExp): number | null {
  const value = number(folder, 'self/status', line)
  return value === null ? null : value * 1024
}

function number(folder: string, file: string, line: RegExp): number | null {
  const found = line.exec(readFileSync(`${folder}/${file}`, 'latin1'))
  return found === null ? null : Number(found[1])
}

/** A file that is hidden or absent is a figure that nobody knows. */
function known(read: () => number | null): number | null {
  try {
    return read()
  } catch {
    return null
  }
}
