import { readFileSync } from 'node:fs'
import { descendantsOf } from '#test/fixtures/kill.ts'

export interface Usage {
  /** User and system. */
  readonly cpuMs: number
  /** Handed to disks by way of the page cache, whole pages; null where the kernel does not tell. */
  readonly writtenBytes: number | null
}

/** The kernel tells times in hundredths of a second, whatever its own clock: USER_HZ of time(7). */
const tickMs = 10

/** Of a process, its living descendants, and all that ended below them and were waited for. */
export function usageOf(pid: number): Usage {
  const all = descendantsOf(pid).map((member) => ({
    cpuMs: cpuMsOf(member) ?? 0,
    writtenBytes: field(`/proc/${member}/io`, /^write_bytes: (\d+)/m),
  }))
  const written = all.map(({ writtenBytes }) => writtenBytes)
  return {
    cpuMs: sum(all.map(({ cpuMs }) => cpuMs)),
    writtenBytes: written[0] == null ? null : sum(written.map((bytes) => bytes ?? 0)),
  }
}

/** What has been used from one moment to another. */
export function usedBetween(before: Usage, after: Usage): Usage {
  const { cpuMs, writtenBytes } = after
  return {
    cpuMs: cpuMs - before.cpuMs,
    writtenBytes:
      writtenBytes === null || before.writtenBytes === null
        ? null
        : writtenBytes - before.writtenBytes,
  }
}

export interface Memory {
  /** What no other process could share: stacks, heaps. */
  readonly anonymousBytes: number | null
  /** With the pages of the executable and libraries that are in RAM. */
  readonly rssBytes: number | null
}

/** Of one process alone. */
export function memoryOf(pid: number): Memory {
  const bytes = (name: string): number | null => {
    const kibibytes = field(`/proc/${pid}/smaps_rollup`, new RegExp(`^${name}: +(\\d+) kB`, 'm'))
    return kibibytes === null ? null : kibibytes * 1024
  }
  return { anonymousBytes: bytes('Anonymous'), rssBytes: bytes('Rss') }
}

/** Readers' grace of a retired tree is 5 s: what follows it must have begun, and ended. */
const longestPauseMs = 6000

/** Waits until a process has had no children and used no CPU for longer than any pause in its work. */
export async function untilQuiet(pid: number, quietMs = longestPauseMs): Promise<void> {
  let since = performance.now()
  let before = usageOf(pid).cpuMs
  while (performance.now() < since + quietMs) {
    await Bun.sleep(100)
    const { cpuMs } = usageOf(pid)
    // an event loop that wakes up now and then is not at work; who waits for a processor is
    if (descendantsOf(pid).length > 1 || cpuMs > before + tickMs || wantsProcessor(pid)) {
      since = performance.now()
      before = cpuMs
    }
  }
}

/** State R of proc_pid_stat(5): it runs, or would if a processor were free. */
function wantsProcessor(pid: number): boolean {
  return /^\d+ \(.*\) R /s.test(textOf(`/proc/${pid}/stat`) ?? '')
}

/** utime, stime, cutime and cstime of proc_pid_stat(5): fields 14 to 17, the third follows the name. */
function cpuMsOf(pid: number): number | null {
  const stat = textOf(`/proc/${pid}/stat`)
  if (stat === null) return null
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return sum(fields.slice(11, 15).map(Number)) * tickMs
}

function field(path: string, pattern: RegExp): number | null {
  const found = pattern.exec(textOf(path) ?? '')?.[1]
  return found === undefined ? null : Number(found)
}

/** Null when the process has ended or is not ours to look into. */
function textOf(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return null
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
