import type { ProcessState, Reason } from './table.ts'

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
