import type { Container, Network, Process, ProcessState, Table } from '#topz/model/table.ts'
import type { FigureKind } from './figure-code.ts'

/**
 * How a field is kept. `word`: told once for as long as it stays the same. `age`: as the time of birth.
 * `state`: as a number. The rest: `FigureKind`.
 */
export type FieldKind = FigureKind | 'word' | 'state' | 'age'

/** Every field of a record but `unknown`. Those that change most come first: they cost the least. */
export type FieldKinds = Readonly<Record<string, FieldKind>>

export const processKinds = {
  cpuMillicores: 'millicores',
  cpuWaitMillicores: 'millicores',
  state: 'state',
  cpuOfLimit: 'share',
  rssBytes: 'bytes',
  memoryOfLimit: 'share',
  memoryOfHost: 'share',
  cpuSeconds: 'seconds',
  openFiles: 'exact',
  threads: 'exact',
  diskReadBytesPerSecond: 'bytes',
  diskWriteBytesPerSecond: 'bytes',
  ageSeconds: 'age',
  pid: 'exact',
  parentPid: 'exact',
  uid: 'exact',
  openFilesLimit: 'exact',
  cpuWaitSeconds: 'seconds',
  diskReadBytes: 'bytes',
  diskWrittenBytes: 'bytes',
  key: 'word',
  container: 'word',
  name: 'word',
  command: 'word',
  user: 'word',
} as const satisfies Record<Exclude<keyof Process, 'unknown'>, FieldKind>

export const containerKinds = {
  cpuMillicores: 'millicores',
  memoryBytes: 'bytes',
  throttled: 'share',
  cpuPressure: 'share',
  memoryUsageBytes: 'bytes',
  memoryAnonBytes: 'bytes',
  shortLivedMillicores: 'millicores',
  processes: 'exact',
  pids: 'exact',
  diskReadBytesPerSecond: 'bytes',
  diskWriteBytesPerSecond: 'bytes',
  memoryActiveFileBytes: 'bytes',
  memoryInactiveFileBytes: 'bytes',
  memoryKernelBytes: 'bytes',
  memoryShmemBytes: 'bytes',
  memoryPeakBytes: 'bytes',
  memoryPressure: 'share',
  ioPressure: 'share',
  oomKills: 'exact',
  ageSeconds: 'age',
  cpuLimitMillicores: 'exact',
  memoryLimitBytes: 'exact',
  pidsLimit: 'exact',
  cpuSeconds: 'seconds',
  cpuPeriods: 'exact',
  throttledPeriods: 'exact',
  throttledSeconds: 'seconds',
  cpuPressureSeconds: 'seconds',
  memoryPressureSeconds: 'seconds',
  ioPressureSeconds: 'seconds',
  diskReadBytes: 'bytes',
  diskWrittenBytes: 'bytes',
  memoryLimitHits: 'exact',
  key: 'word',
  name: 'word',
  label: 'word',
  kind: 'word',
  memorySource: 'word',
  limitsFrom: 'word',
  // not a field: where in the table it stands
  place: 'exact',
} as const satisfies Record<Exclude<keyof Container, 'unknown'> | 'place', FieldKind>

export const networkKinds = {
  receivedBytesPerSecond: 'bytes',
  sentBytesPerSecond: 'bytes',
  receivedBytes: 'bytes',
  sentBytes: 'bytes',
  tcpEstablished: 'exact',
  tcpListening: 'exact',
  tcpTimeWait: 'exact',
  tcpCloseWait: 'exact',
  tcpOther: 'exact',
} as const satisfies Record<Exclude<keyof Network, 'unknown'>, FieldKind>

/** What a table says beside its records. */
export const momentKinds = {
  intervalMs: 'exact',
  sampleMs: 'millicores',
  sees: 'word',
  podUid: 'word',
  viewer: 'word',
  verdict: 'word',
  verdictTone: 'word',
} as const satisfies Record<
  Exclude<keyof Table, 'schema' | 'takenAtMs' | 'containers' | 'processes' | 'network' | 'events'>,
  FieldKind
>

/** Their places are their codes. */
export const processStates: readonly ProcessState[] = [
  'unknown',
  'sleeping',
  'running',
  'disk-wait',
  'stopped',
  'traced',
  'zombie',
  'idle',
  'dead',
]
