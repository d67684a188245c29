import type { Process, Reason } from '#topz/model/table.ts'
import { type Amount, bytes, bytesPerSecond, cores, count, duration, percent } from './format.ts'

/** How the amounts of a column are written; `none` for words. */
export type Unit =
  | 'none'
  | 'count'
  | 'millicores'
  | 'seconds'
  | 'bytes'
  | 'bytes-per-second'
  | 'share'

/** A metric that adds up a column over the processes of one program in one container. */
export interface ColumnMetric {
  readonly name: string
  readonly type: 'counter' | 'gauge'
}

/**
 * `shown` always, in the page and in wide text; `auto` where a value of some row reaches `from`; `share`
 * where a limit is known: text has a column, the page a bar beside the amount; `data` only in JSON and
 * where somebody asks for it.
 */
export type Where = 'shown' | 'auto' | 'share' | 'data'

export interface Column {
  /** One word. */
  readonly title: string
  readonly unit: Unit
  /** What it is, for JSON's readers, the page's headings and the metric. */
  readonly help: string
  readonly where: Where
  /** With `auto`: what a row must reach for the column to be worth its room. */
  readonly from?: number
  /** Its name in `?sort=`, `?cols=` and in the page's address. Absent: not sorted by. */
  readonly sort?: string
  /** The field that it is written over: `42/1024`. */
  readonly of?: keyof Process
  readonly metric?: ColumnMetric
}

/** Every view reads this table: a new field is one new line here. The order is that of all views. */
export const columns = {
  container: {
    title: 'Container',
    unit: 'none',
    help: 'The container it runs in',
    where: 'shown',
    sort: 'container',
  },
  pid: { title: 'PID', unit: 'count', help: 'Process ID', where: 'shown', sort: 'pid' },
  user: { title: 'User', unit: 'none', help: 'The user it runs as', where: 'shown', sort: 'user' },
  state: {
    title: 'State',
    unit: 'none',
    help: 'What it does at the moment',
    where: 'shown',
    sort: 'state',
  },
  cpuMillicores: {
    title: 'CPU',
    unit: 'millicores',
    help: 'CPU use between the last two samples; 1000 m is one core',
    where: 'shown',
    sort: 'cpu',
  },
  cpuOfLimit: {
    title: 'CPU%',
    unit: 'share',
    help: "CPU use over its container's limit",
    where: 'share',
    sort: 'cpulimit',
  },
  cpuWaitMillicores: {
    title: 'Waits',
    unit: 'millicores',
    help: 'Time its main thread was ready to run and had no CPU; 1000 m is all the time',
    where: 'auto',
    from: 10,
    sort: 'wait',
  },
  rssBytes: {
    title: 'Memory',
    unit: 'bytes',
    help: 'Resident memory; pages that processes share are counted in each of them',
    where: 'shown',
    sort: 'mem',
    metric: { name: 'topz_process_resident_memory_bytes', type: 'gauge' },
  },
  memoryOfLimit: {
    title: 'Mem%',
    unit: 'share',
    help: "Resident memory over its container's limit",
    where: 'share',
    sort: 'memlimit',
  },
  threads: {
    title: 'Threads',
    unit: 'count',
    help: 'Threads',
    where: 'shown',
    sort: 'threads',
    metric: { name: 'topz_process_threads', type: 'gauge' },
  },
  openFiles: {
    title: 'Files',
    unit: 'count',
    help: 'Open files',
    where: 'shown',
    sort: 'files',
    of: 'openFilesLimit',
    metric: { name: 'topz_process_open_files', type: 'gauge' },
  },
  diskReadBytesPerSecond: {
    title: 'Read/s',
    unit: 'bytes-per-second',
    help: 'Bytes read from block devices a second',
    where: 'auto',
    from: 1,
    sort: 'read',
  },
  diskWriteBytesPerSecond: {
    title: 'Write/s',
    unit: 'bytes-per-second',
    help: 'Bytes written to block devices a second',
    where: 'auto',
    from: 1,
    sort: 'write',
  },
  ageSeconds: {
    title: 'Age',
    unit: 'seconds',
    help: 'Time since it started',
    where: 'shown',
    sort: 'age',
  },
  command: {
    title: 'Command',
    unit: 'none',
    help: 'Its arguments, secrets masked',
    where: 'shown',
    sort: 'command',
  },
  key: {
    title: 'Key',
    unit: 'none',
    help: 'PID and start: never two processes, even when the PID is taken again',
    where: 'data',
  },
  parentPid: {
    title: 'Parent',
    unit: 'count',
    help: 'PID of its parent',
    where: 'data',
    sort: 'parent',
  },
  name: {
    title: 'Program',
    unit: 'none',
    help: "The kernel's name of its program",
    where: 'data',
    sort: 'name',
  },
  uid: {
    title: 'UID',
    unit: 'count',
    help: "Its user's number",
    where: 'data',
    sort: 'uid',
  },
  openFilesLimit: {
    title: 'Most',
    unit: 'count',
    help: 'How many files it may have open',
    where: 'data',
  },
  cpuSeconds: {
    title: 'Time',
    unit: 'seconds',
    help: 'User and system CPU time since it started',
    where: 'data',
    sort: 'time',
    metric: { name: 'topz_process_cpu_seconds_total', type: 'counter' },
  },
  cpuWaitSeconds: {
    title: 'Waited',
    unit: 'seconds',
    help: 'Time its main thread was ready to run and had no CPU, since it started',
    where: 'data',
    metric: { name: 'topz_process_cpu_wait_seconds_total', type: 'counter' },
  },
  diskReadBytes: {
    title: 'Read',
    unit: 'bytes',
    help: 'Bytes read from block devices since it started',
    where: 'data',
    metric: { name: 'topz_process_disk_read_bytes_total', type: 'counter' },
  },
  diskWrittenBytes: {
    title: 'Written',
    unit: 'bytes',
    help: 'Bytes written to block devices since it started',
    where: 'data',
    metric: { name: 'topz_process_disk_written_bytes_total', type: 'counter' },
  },
  memoryOfHost: {
    title: 'Host%',
    unit: 'share',
    help: "Resident memory over the host's memory",
    where: 'data',
  },
} as const satisfies Record<Exclude<keyof Process, 'unknown'>, Column>

export type ColumnName = keyof typeof columns

const entries = Object.entries(columns) as [ColumnName, Column][]

/** The columns that are always shown, in order. */
export const shownColumns: readonly (readonly [ColumnName, Column])[] = entries.filter(
  ([, column]) => column.where === 'shown',
)

/** The columns that text has for these rows, in order: `auto` and `share` ones as they are worth it. */
export function columnsFor(processes: readonly Process[]): readonly ColumnName[] {
  const reaches = (name: ColumnName, least: number): boolean =>
    processes.some((process) => {
      const value = process[name]
      return typeof value === 'number' && value >= least
    })
  return entries
    .filter(([name, { where, from = 0 }]) => {
      if (where === 'auto') return reaches(name, from)
      return where === 'share' ? reaches(name, 0) : where === 'shown'
    })
    .map(([name]) => name)
}

/** The column that is sorted by this name: `cpu` is cpuMillicores. */
export function columnSortedBy(sort: string): ColumnName | null {
  return entries.find(([, column]) => column.sort === sort)?.[0] ?? null
}

/** All names that `columnSortedBy` knows. */
export const sortNames: readonly string[] = entries.flatMap(([, { sort }]) => sort ?? [])

const writers: Readonly<Record<Exclude<Unit, 'none'>, (value: number) => Amount>> = {
  count,
  millicores: cores,
  seconds: duration,
  bytes,
  'bytes-per-second': bytesPerSecond,
  share: percent,
}

/** A number of a column as a person reads it. PIDs, counts and words are written as they are. */
export function amountOf(name: ColumnName, value: number): Amount {
  const { unit } = columns[name]
  return unit === 'none' ? count(value) : writers[unit](value)
}

/** Why a value is missing, as a sentence for a person. */
export const reasons: Readonly<Record<Reason, string>> = {
  'first-sight': 'seen for the first time: the next sample tells',
  'counter-reset': 'its counter ran back: the next sample tells',
  'another-user': 'hidden: it runs as another user than topz',
  'not-offered': 'this kernel does not tell',
  'switched-off': 'this kernel does not count it unless it is started with psi=1',
  'not-asked': 'nobody had asked for it yet: the next sample tells',
  'not-answered': 'the process holds a lock that the kernel needs to tell',
  'too-many': 'there are too many to look at each of them',
  ended: 'it ended while it was read',
  'no-limit': 'there is no limit: it may use what the node has',
}

/** The reason why `field` of a record is null. */
export function reasonFor(unknown: Readonly<Record<string, Reason>>, field: string): string {
  const reason = unknown[field]
  return reason === undefined ? 'not known' : reasons[reason]
}
