import type {
  Container,
  EventKind,
  Network,
  PodEvent,
  Process,
  ProcessState,
  Table,
} from '#topz/model/table.ts'
import { type Column, columns } from '../columns.ts'

/** A field as JSON has it. */
export interface Field {
  readonly type: 'string' | 'number' | 'integer' | 'object' | 'array'
  /** Null is possible; its reason is then in `unknown` of the record. */
  readonly nullable: boolean
  /** Absent for words and plain numbers. */
  readonly unit?: string
  /** All values that it may have. */
  readonly values?: readonly (string | number)[]
  /** Of an object or the items of an array: the name of its kind. */
  readonly of?: string
  readonly help: string
}

const text = (help: string): Field => ({ type: 'string', nullable: false, help })
const oneOf = (values: readonly string[], help: string): Field => ({ ...text(help), values })
const orNull = (field: Field): Field => ({ ...field, nullable: true })
const whole = (help: string, unit?: string): Field => ({
  type: 'integer',
  nullable: false,
  ...(unit === undefined ? {} : { unit }),
  help,
})
const amount = (unit: string, help: string): Field => ({
  type: 'number',
  nullable: true,
  unit,
  help,
})
const count = (help: string): Field => orNull(whole(help))
const bytes = (help: string): Field => orNull(whole(help, 'bytes'))
const bytesPerSecond = (help: string): Field => orNull(whole(help, 'bytes a second'))
const share = (help: string): Field => amount('share, 1 is all', help)
const millicores = (help: string): Field => amount('millicores, 1000 is one core', help)
const seconds = (help: string): Field => amount('seconds', help)
const unknown: Field = {
  type: 'object',
  nullable: false,
  of: 'unknown',
  help: 'Why fields are null, by their names',
}

const all = <Values extends string>(values: Readonly<Record<Values, true>>): readonly string[] =>
  Object.keys(values)

const states = all<ProcessState>({
  running: true,
  sleeping: true,
  'disk-wait': true,
  stopped: true,
  traced: true,
  zombie: true,
  idle: true,
  dead: true,
  unknown: true,
})

const eventKinds = all<EventKind>({
  start: true,
  exit: true,
  'oom-kill': true,
  'probable-oom': true,
  'throttling-began': true,
  'throttling-ended': true,
  'memory-limit-reached': true,
  'process-limit-reached': true,
  'container-started': true,
  'container-restarted': true,
  'container-ended': true,
})

export const tableFields: Readonly<Record<keyof Table, Field>> = {
  schema: { ...whole('Version of this shape'), values: [1] },
  takenAtMs: whole('When the sample was taken', 'milliseconds since 1970'),
  intervalMs: orNull(
    whole('Time between the two samples compared; null after one', 'milliseconds'),
  ),
  sampleMs: { ...amount('milliseconds', 'What the sample cost topz'), nullable: false },
  sees: oneOf(['pod', 'itself'], 'itself: the process namespace is not shared'),
  podUid: orNull(text("The pod's UID")),
  viewer: orNull(text('Key of the process that is topz itself')),
  verdict: text('What matters now, in one sentence'),
  verdictTone: oneOf(['quiet', 'amber', 'red'], 'How bad it is'),
  containers: {
    type: 'array',
    nullable: false,
    of: 'container',
    help: 'App containers by label, then the viewer, the pause last',
  },
  processes: {
    type: 'array',
    nullable: false,
    of: 'process',
    help: 'PID ascending, or as asked for',
  },
  network: {
    type: 'object',
    nullable: true,
    of: 'network',
    help: 'What containers share; null when topz cannot read its own',
  },
  events: {
    type: 'array',
    nullable: false,
    of: 'event',
    help: 'What happened between the two samples, oldest first',
  },
}

export const containerFields: Readonly<Record<keyof Container, Field>> = {
  key: text('Container id, else its cgroup path: the same while it lives'),
  name: orNull(text("The pod's name for it")),
  label: text('What to show: unique in a table'),
  kind: oneOf(['app', 'pause', 'viewer'], 'viewer: the one topz runs in'),
  processes: whole('Its processes'),
  cpuMillicores: millicores('CPU use between the two samples'),
  cpuLimitMillicores: millicores('CPU limit'),
  throttled: share('Scheduling periods in which it was throttled, between the two samples'),
  shortLivedMillicores: millicores('CPU use of processes that no sample has seen'),
  memoryBytes: bytes('Working set, or a sum of RSS: see memorySource'),
  memoryLimitBytes: bytes('Memory limit'),
  memorySource: oneOf(['cgroup', 'sum-of-rss'], 'What memoryBytes is'),
  memoryUsageBytes: bytes('All that counts against the limit'),
  memoryPeakBytes: bytes('The most it ever was'),
  memoryAnonBytes: bytes('Memory of programs'),
  memoryShmemBytes: bytes('Shared memory'),
  memoryKernelBytes: bytes("The kernel's, for it"),
  memoryActiveFileBytes: bytes('File pages in use'),
  memoryInactiveFileBytes: bytes('File pages that are taken back before anything is killed'),
  cpuPressure: share('Time in which some process waited for a CPU, between the two samples'),
  memoryPressure: share('The same for memory'),
  ioPressure: share('The same for disks'),
  diskReadBytesPerSecond: bytesPerSecond('Read from block devices'),
  diskWriteBytesPerSecond: bytesPerSecond('Written to block devices'),
  limitsFrom: oneOf(['cgroup', 'option'], 'Who told the limits: its control group or --limit'),
  ageSeconds: seconds('Since its first process of those that live started'),
  oomKills: count('Processes that the kernel killed for want of memory, since it started'),
  pids: count('Processes and threads that count against the limit'),
  pidsLimit: count('Limit of processes and threads'),
  cpuSeconds: seconds('CPU time since it started'),
  cpuPeriods: count('Scheduling periods in which anything wanted to run under the CPU limit'),
  throttledPeriods: count('Those in which it was throttled'),
  throttledSeconds: seconds('Time in which processes were held back by the CPU limit'),
  cpuPressureSeconds: seconds('Time in which some process waited for a CPU'),
  memoryPressureSeconds: seconds('The same for memory'),
  ioPressureSeconds: seconds('The same for disks'),
  diskReadBytes: bytes('Read from block devices since it started'),
  diskWrittenBytes: bytes('Written to block devices since it started'),
  memoryLimitHits: count('How often the kernel had to make room below the memory limit'),
  unknown,
}

export const networkFields: Readonly<Record<keyof Network, Field>> = {
  receivedBytesPerSecond: bytesPerSecond('Over all interfaces but the loopback'),
  sentBytesPerSecond: bytesPerSecond('Over all interfaces but the loopback'),
  receivedBytes: bytes('Since the interfaces were made'),
  sentBytes: bytes('Since the interfaces were made'),
  tcpEstablished: count('TCP connections'),
  tcpListening: count('TCP sockets that listen'),
  tcpTimeWait: count('TCP sockets whose connections ended a moment ago'),
  tcpCloseWait: count('The other side has ended, the program has not closed: many are a leak'),
  tcpOther: count('TCP sockets in other states'),
  unknown,
}

export const eventFields: Readonly<Record<keyof PodEvent, Field>> = {
  atMs: whole('When, as exactly as it is known', 'milliseconds since 1970'),
  kind: oneOf(eventKinds, 'What happened'),
  container: text('Key of the container'),
  label: text('Its label of then'),
  process: orNull(text('Key of the process, where it is about one')),
  count: whole('How many it stands for'),
  says: text('One sentence; names in it are as programs chose them'),
}

const units: Readonly<Record<Column['unit'], Omit<Field, 'help'>>> = {
  none: text(''),
  count: count(''),
  millicores: millicores(''),
  seconds: seconds(''),
  bytes: bytes(''),
  'bytes-per-second': bytesPerSecond(''),
  share: share(''),
}

const { pid, parentPid, user, state } = columns

/** What the column table says, and what it does not: which columns are words that may be missing. */
export const processFields: Readonly<Record<keyof Process, Field>> = {
  ...(Object.fromEntries(
    Object.entries<Column>(columns).map(([name, { unit, help }]) => [
      name,
      { ...units[unit], help },
    ]),
  ) as Record<keyof typeof columns, Field>),
  pid: whole(pid.help),
  parentPid: whole(parentPid.help),
  container: text('Key of the container it runs in'),
  user: orNull(text(user.help)),
  state: oneOf(states, state.help),
  unknown,
}
