import type { Details } from '#topz/sample/details.ts'
import { adviceFor } from './advice.ts'
import { maskSecrets } from './mask.ts'
import { stateOf } from './processes.ts'
import type { Process, ProcessState, Reason } from './table.ts'

/** What is told of one process when somebody asks for it. Each part is there, or why it is not. */
export interface ProcessDetails {
  /** Version of this shape in JSON. */
  readonly schema: 1
  /** `Process.key`. */
  readonly key: string
  readonly pid: number
  readonly memory: ExactMemory | null
  /** Those that used the most CPU first, at most 256. */
  readonly threads: readonly ThreadDetails[] | null
  /** How many are of which kind: `file`, `deleted`, `device`, `socket`, `pipe`, `anonymous`. */
  readonly openFiles: Readonly<Record<string, number>> | null
  readonly limits: readonly LimitDetails[] | null
  /** `NAME=VALUE` each, secrets masked; only when topz may show it. */
  readonly environment: readonly string[] | null
  /** Why a part is null. */
  readonly unknown: Readonly<Record<string, Reason>>
  /** What would make it readable, one sentence for each such part. */
  readonly advice: Readonly<Record<string, string>>
}

export interface ExactMemory {
  /** Its own pages, and of each shared one its part. */
  readonly pssBytes: number
  /** What would be free if it ended. */
  readonly ussBytes: number
  readonly swapBytes: number
  /** What counting cost, during which the process may have waited. */
  readonly tookMs: number
}

export interface ThreadDetails {
  readonly tid: number
  readonly name: string
  readonly state: ProcessState
  readonly cpuSeconds: number
  /** Time it was ready to run and had no CPU; null where the kernel does not tell. */
  readonly waitSeconds: number | null
}

export interface LimitDetails {
  /** As the kernel names it: `Max open files`. */
  readonly name: string
  /** Null is unlimited. */
  readonly soft: number | null
  readonly hard: number | null
  readonly unit: string
}

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
