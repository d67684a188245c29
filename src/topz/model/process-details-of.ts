import type { Details } from '#topz/sample/details.ts'
import { adviceFor } from './advice.ts'
import { maskSecrets } from './mask.ts'
import type { LimitDetails, ProcessDetails, ThreadDetails } from './process-details.ts'
import { stateOf } from './processes.ts'
import type { Process, Reason } from './table.ts'

/** The details of a row of the table. Nothing of them leaves with a secret in it. */
export function processDetailsOf(
  { key, pid, uid }: Pick<Process, 'key' | 'pid' | 'uid'>,
  details: Details,
  viewerUid: number | null,
): ProcessDetails {
  const { threads, limits, environment } = details
  const unknown: Record<string, Reason> = {}
  const advice: Record<string, string> = {}
  const known = <T>(field: string, part: T | Reason): T | null => {
    if (typeof part !== 'string') return part
    const reason = part as Reason
    unknown[field] = reason
    advice[field] = adviceFor(reason, { field, uid, viewerUid })
    return null
  }
  return {
    schema: 1,
    key,
    pid,
    memory: known('memory', details.memory),
    threads: known(
      'threads',
      typeof threads === 'string' ? threads : threads.map(threadOf).sort(byCpu),
    ),
    openFiles: known('openFiles', details.openFiles),
    limits: known('limits', typeof limits === 'string' ? limits : limits.map(limitOf)),
    environment: known(
      'environment',
      // the first word is taken for a program: none of these is
      typeof environment === 'string'
        ? environment
        : environment === null
          ? ('not-asked' as const)
          : maskSecrets(['', ...environment]).slice(1),
    ),
    unknown,
    advice,
  }
}

type Thread = Exclude<Details['threads'], string>[number]
type Limit = Exclude<Details['limits'], string>[number]

function threadOf({ tid, name, state, cpuSeconds, waitSeconds }: Thread): ThreadDetails {
  const waited = typeof waitSeconds === 'number' ? waitSeconds : null
  return { tid, name, state: stateOf(state), cpuSeconds, waitSeconds: waited }
}

function byCpu(a: ThreadDetails, b: ThreadDetails): number {
  return b.cpuSeconds - a.cpuSeconds || a.tid - b.tid
}

function limitOf({ name, soft, hard, unit }: Limit): LimitDetails {
  return { name, soft: finite(soft), hard: finite(hard), unit }
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null
}
