import type { Counters, Sample, SampledContainer, SampledProcess } from '#topz/sample/sample.ts'
import { commandOf } from './command.ts'
import type { Known } from './rate.ts'
import { perSecond, share, split } from './rate.ts'
import type { Process, ProcessState } from './table.ts'

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

/** Rows of the table, PID ascending as in the sample. */
export function processesOf(previous: Sample | null, current: Sample): Process[] {
  const before = new Map(previous?.processes.map((process) => [process.key, process]))
  const containers = new Map(current.containers.map((container) => [container.key, container]))
  return current.processes.map((process) =>
    rowOf(process, {
      before: before.get(process.key) ?? null,
      container: containers.get(process.facts.container) ?? null,
      previous,
      current,
    }),
  )
}

interface Around {
  readonly before: SampledProcess | null
  readonly container: SampledContainer | null
  readonly previous: Sample | null
  readonly current: Sample
}

function rowOf(process: SampledProcess, around: Around): Process {
  const { counters, facts } = process
  const known = typeof counters === 'string' ? null : counters
  const from = (pick: (counters: Counters) => number): Known =>
    typeof counters === 'string' ? counters : pick(counters)
  const rss = from((counters) => counters.rssBytes)
  const cpu = cpuMillicoresOf(process, around)
  const { values, unknown } = split({
    uid: facts.uid,
    threads: from((counters) => counters.threads),
    cpuMillicores: cpu,
    cpuSeconds: from((counters) => counters.cpuSeconds),
    rssBytes: rss,
    memoryOfLimit: share(rss, around.container?.figures.memoryLimitBytes ?? 'not-offered'),
    memoryOfHost: share(rss, around.current.hostMemoryBytes ?? 'not-offered'),
    openFiles: process.openFiles,
    openFilesLimit: facts.openFilesLimit,
    cpuOfLimit: share(cpu, around.container?.figures.cpuLimitMillicores ?? 'not-offered'),
    cpuWaitMillicores: 'not-offered',
    diskReadBytesPerSecond: 'not-offered',
    diskWriteBytesPerSecond: 'not-offered',
    cpuWaitSeconds: process.waitSeconds,
    diskReadBytes: process.diskReadBytes,
    diskWrittenBytes: process.diskWrittenBytes,
    ageSeconds: ageSecondsOf(process, around.current),
  })
  const user = userOf(values.uid, around)
  return {
    key: process.key,
    pid: process.pid,
    parentPid: known?.parentPid ?? 0,
    container: facts.container,
    name: facts.name,
    command: commandOf(facts),
    user,
    state: known === null ? 'unknown' : (states[known.state] ?? 'unknown'),
    ...values,
    unknown: user === null ? { ...unknown, user: unknown.uid ?? 'not-offered' } : unknown,
  }
}

/**
 * CPU over the time between this process's own two reads. One that started after the previous sample
 * has its whole life as interval; one that was there before and is seen for the first time has none.
 */
function cpuMillicoresOf(process: SampledProcess, { before, previous, current }: Around): Known {
  const { counters } = process
  if (typeof counters === 'string') return counters
  if (before !== null && typeof before.counters !== 'string') {
    const cores = perSecond(
      { value: before.counters.cpuSeconds, atMs: before.readAtMs },
      { value: counters.cpuSeconds, atMs: process.readAtMs },
    )
    return typeof cores === 'number' ? cores * 1000 : cores
  }
  const age = ageSecondsOf(process, current)
  const since = previous?.uptimeSeconds ?? null
  if (typeof age !== 'number' || since === null) return 'first-sight'
  if (counters.startSeconds < since || age < youngestForRateSeconds) return 'first-sight'
  return (counters.cpuSeconds / age) * 1000
}

function ageSecondsOf({ counters, readAtMs }: SampledProcess, current: Sample): Known {
  if (typeof counters === 'string') return counters
  if (current.uptimeSeconds === null) return 'not-offered'
  const now = current.uptimeSeconds + (readAtMs - current.monotonicMs) / 1000
  return Math.max(0, now - counters.startSeconds)
}

function userOf(uid: number | null, { container, current }: Around): string | null {
  if (uid === null) return null
  return container?.users?.get(uid) ?? current.users.get(uid) ?? String(uid)
}
