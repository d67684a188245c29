import type { Process, ProcessState } from '#topz/model/table.ts'

/** What a filter may ask of a row. */
export interface FilterContext {
  readonly labels: ReadonlyMap<string, string>
}

/** A field that a filter names with a colon: `user:root`. */
export interface NamedField {
  readonly help: string
  readonly read: (process: Process, context: FilterContext) => string
  /** Why no process could have this value; null when one could. */
  readonly refuses?: (value: string) => string | null
  /** Whether the process' value is the wanted one; the same but for case when absent. */
  readonly is?: (value: string, wanted: string) => boolean
}

/** A field that a filter compares: `cpu>100m`. */
export interface ComparedField {
  readonly help: string
  readonly read: (process: Process) => number | null
  /** What each unit is times the field's own; `''` is a number without one. */
  readonly units: Readonly<Record<string, number>>
  /** What `%` compares, 0 to 1; absent where there is nothing to be a share of. */
  readonly share?: (process: Process) => number | null
  /** A unit to offer. */
  readonly example: string
}

const letters: Readonly<Record<string, ProcessState>> = {
  R: 'running',
  S: 'sleeping',
  D: 'disk-wait',
  T: 'stopped',
  t: 'traced',
  Z: 'zombie',
  X: 'dead',
  I: 'idle',
}

const states = [...Object.values(letters), 'unknown'] as const

/** The kernel's letter (of either case where no other has it), a word, or how one begins. */
function stateNamed(value: string): readonly ProcessState[] {
  const letter = letters[value] ?? letters[value.toUpperCase()]
  if (letter !== undefined) return [letter]
  return states.filter((state) => value !== '' && state.startsWith(value.toLowerCase()))
}

export const namedFields: Readonly<Record<string, NamedField>> = {
  c: {
    help: 'its container',
    read: (process, { labels }) => labels.get(process.container) ?? '',
  },
  user: { help: 'its user', read: (process) => process.user ?? '' },
  state: {
    help: "what it does: the kernel's letter or a word",
    read: (process) => process.state,
    refuses: (value) =>
      stateNamed(value).length > 0
        ? null
        : `there is no such state; take ${Object.keys(letters).join(', ')} or ${states.join(', ')}`,
    is: (state, wanted) => stateNamed(wanted).some((named) => named === state),
  },
  pid: {
    help: 'its process ID',
    read: (process) => String(process.pid),
    refuses: (value) => (/^\d{1,10}$/.test(value) ? null : 'a PID is a whole number'),
    is: (pid, wanted) => Number(pid) === Number(wanted),
  },
  name: { help: 'the name of its program', read: (process) => process.name },
}

const thousandths = { '': 1000, m: 1 }
const byteUnits = {
  '': 1,
  k: 1e3,
  m: 1e6,
  g: 1e9,
  ki: 2 ** 10,
  mi: 2 ** 20,
  gi: 2 ** 30,
  ti: 2 ** 40,
}
const spanUnits = { '': 1, s: 1, m: 60, min: 60, h: 3600, d: 86_400 }

function ratio(part: number | null, whole: number | null): number | null {
  return part === null || whole === null || whole === 0 ? null : part / whole
}

export const comparedFields: Readonly<Record<string, ComparedField>> = {
  cpu: {
    help: 'CPU use, % of the limit',
    read: (process) => process.cpuMillicores,
    units: thousandths,
    share: (process) => process.cpuOfLimit,
    example: '100m',
  },
  mem: {
    help: 'memory, % of the limit',
    read: (process) => process.rssBytes,
    units: byteUnits,
    share: (process) => process.memoryOfLimit,
    example: '50%',
  },
  wait: {
    help: 'time it waited for a CPU',
    read: (process) => process.cpuWaitMillicores,
    units: thousandths,
    share: (process) => ratio(process.cpuWaitMillicores, 1000),
    example: '10%',
  },
  files: {
    help: 'open files, % of the most it may have',
    read: (process) => process.openFiles,
    units: { '': 1 },
    share: (process) => ratio(process.openFiles, process.openFilesLimit),
    example: '80%',
  },
  threads: {
    help: 'threads',
    read: (process) => process.threads,
    units: { '': 1 },
    example: '10',
  },
  age: {
    help: 'time since it started',
    read: (process) => process.ageSeconds,
    units: spanUnits,
    example: '5min',
  },
  read: {
    help: 'bytes read from disks a second',
    read: (process) => process.diskReadBytesPerSecond,
    units: byteUnits,
    example: '1Mi',
  },
  write: {
    help: 'bytes written to disks a second',
    read: (process) => process.diskWriteBytesPerSecond,
    units: byteUnits,
    example: '1Mi',
  },
}

/** A field by its name, `null` for words that are none, `constructor` among them. */
export function named<Field>(fields: Readonly<Record<string, Field>>, name: string): Field | null {
  return Object.hasOwn(fields, name) ? (fields[name] ?? null) : null
}
