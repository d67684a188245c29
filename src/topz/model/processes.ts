import type { Sample, SampledContainer, SampledProcess } from '#topz/sample/sample.ts'
import { commandOf } from './command.ts'
import { isBorn, type Pairs } from './pairs.ts'
import { atMost, Gaps, growth, type Known, share, times } from './rate.ts'
import type { Process, ProcessState, Reason } from './table.ts'

/** Younger ones have used too few clock ticks of 10 ms for a rate. */
const youngestForRateSeconds = 0.1

const states: Readonly<Record<string, ProcessState>> = {
  R: 'running',
  S: 'sleeping',
  D: 'disk-wait',
  T: 'stopped',
  t: 'traced',
  Z: 'zombie',
  I: 'idle',
  X: 'dead',
  x: 'dead',
}

interface Around {
  readonly previous: Sample | null
  readonly current: Sample
  readonly containers: ReadonlyMap<string, SampledContainer>
  readonly gaps: Gaps<keyof Process>
}

/**
 * Rows of the table, PID ascending as in the sample. On the hot path: a row is one object, and one
 * more when something in it is not known. bench/rows/topz-sample.ts guards it.
 */
/** A state in words, by the kernel's letter. */
export function stateOf(letter: string): ProcessState {
  return states[letter] ?? 'unknown'
}

export function processesOf(
  previous: Sample | null,
  current: Sample,
  { before }: Pick<Pairs, 'before'>,
): Process[] {
  const around: Around = {
    previous,
    current,
    containers: new Map(current.containers.map((container) => [container.key, container])),
    gaps: new Gaps(),
  }
  return current.processes.map((process, at) => rowOf(process, before[at] ?? null, around))
}

function rowOf(process: SampledProcess, before: SampledProcess | null, around: Around): Process {
  const { facts } = process
  const { current, gaps } = around
  const container = around.containers.get(facts.container) ?? null
  const limits = container?.figures ?? null
  const now = typeof process.counters === 'string' ? null : process.counters
  const hidden: Reason = typeof process.counters === 'string' ? process.counters : 'not-offered'
  const earlier = before === null || typeof before.counters === 'string' ? null : before.counters
  const age = ageSecondsOf(process, current)
  // of one that started after the previous sample, its whole life is the interval and all began at 0
  const born = before === null && isBorn(process, around.previous)
  const seconds = born ? (ageForRate(age) ?? 'first-sight') : secondsOf(process, before)
  const first: Known = born ? 0 : 'first-sight'
  const cpu = times(
    growth(earlier?.cpuSeconds ?? first, now?.cpuSeconds ?? hidden, { seconds }),
    1000,
  )
  const wait = times(growth(before?.waitSeconds ?? first, process.waitSeconds, { seconds }), 1000)
  const rss = now?.rssBytes ?? hidden
  const uid = gaps.take('uid', facts.uid)
  const user = uid === null ? null : userOf(uid, { container, current })
  if (user === null) gaps.note('user', typeof facts.uid === 'string' ? facts.uid : 'not-offered')
  return {
    key: process.key,
    pid: process.pid,
    parentPid: now?.parentPid ?? 0,
    container: facts.container,
    name: facts.name,
    command: commandOf(facts),
    uid,
    user,
    state: now === null ? 'unknown' : stateOf(now.state),
    threads: gaps.take('threads', now?.threads ?? hidden),
    cpuMillicores: gaps.take('cpuMillicores', cpu),
    cpuOfLimit: gaps.take('cpuOfLimit', share(cpu, limits?.cpuLimitMillicores ?? 'not-offered')),
    cpuWaitMillicores: gaps.take('cpuWaitMillicores', atMost(wait, 1000)),
    cpuSeconds: gaps.take('cpuSeconds', now?.cpuSeconds ?? hidden),
    rssBytes: gaps.take('rssBytes', rss),
    memoryOfLimit: gaps.take(
      'memoryOfLimit',
      share(rss, limits?.memoryLimitBytes ?? 'not-offered'),
    ),
    memoryOfHost: gaps.take('memoryOfHost', share(rss, current.hostMemoryBytes ?? 'not-offered')),
    openFiles: gaps.take('openFiles', process.openFiles),
    openFilesLimit: gaps.take('openFilesLimit', facts.openFilesLimit),
    diskReadBytesPerSecond: gaps.take(
      'diskReadBytesPerSecond',
      growth(before?.diskReadBytes ?? first, process.diskReadBytes, { seconds }),
    ),
    diskWriteBytesPerSecond: gaps.take(
      'diskWriteBytesPerSecond',
      growth(before?.diskWrittenBytes ?? first, process.diskWrittenBytes, { seconds }),
    ),
    cpuWaitSeconds: gaps.take('cpuWaitSeconds', process.waitSeconds),
    diskReadBytes: gaps.take('diskReadBytes', process.diskReadBytes),
    diskWrittenBytes: gaps.take('diskWrittenBytes', process.diskWrittenBytes),
    ageSeconds: gaps.take('ageSeconds', age),
    unknown: gaps.end(),
  }
}

/** Between this process's own two reads. */
function secondsOf(process: SampledProcess, before: SampledProcess | null): Known {
  return before === null ? 'first-sight' : (process.readAtMs - before.readAtMs) / 1000
}

function ageForRate(age: Known): number | null {
  return typeof age === 'number' && age >= youngestForRateSeconds ? age : null
}

function ageSecondsOf({ counters, readAtMs }: SampledProcess, current: Sample): Known {
  if (typeof counters === 'string') return counters
  if (current.uptimeSeconds === null) return 'not-offered'
  const now = current.uptimeSeconds + (readAtMs - current.monotonicMs) / 1000
  return Math.max(0, now - counters.startSeconds)
}

function userOf(
  uid: number,
  { container, current }: { container: SampledContainer | null; current: Sample },
): string {
  return container?.users?.get(uid) ?? current.users.get(uid) ?? String(uid)
}
