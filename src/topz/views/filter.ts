import type { Process } from '#topz/model/table.ts'

/** What a filter may ask of a row. */
export interface FilterContext {
  readonly labels: ReadonlyMap<string, string>
}

type Test = (process: Process, context: FilterContext) => boolean

const fields: Readonly<Record<string, (process: Process, context: FilterContext) => string>> = {
  c: (process, { labels }) => labels.get(process.container) ?? '',
  user: (process) => process.user ?? '',
  state: (process) => process.state,
  pid: (process) => String(process.pid),
}

const amounts: Readonly<Record<string, (process: Process) => number | null>> = {
  cpu: (process) => process.cpuMillicores,
  mem: (process) => process.rssBytes,
  threads: (process) => process.threads,
  files: (process) => process.openFiles,
  age: (process) => process.ageSeconds,
}

const factors: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  cpu: { '': 1000, m: 1 },
  mem: { '': 1, ki: 2 ** 10, mi: 2 ** 20, gi: 2 ** 30, k: 1e3, m: 1e6, g: 1e9 },
  threads: { '': 1 },
  files: { '': 1 },
  age: { '': 1, s: 1, min: 60, h: 3600, d: 86_400 },
}

/**
 * Reads a filter of words that must all fit: `c:app`, `user:root`, `state:sleeping`, `pid:7` are
 * exact; `cpu>100m`, `mem>50%` (of the limit), `mem<=20Mi`, `files>100`, `age<5min` compare;
 * anything else is part of the command, name, user, container or PID. What is unknown fits none.
 *
 * @example
 * filterOf('nginx cpu>100m')(process, { labels })
 */
export function filterOf(text: string): Test {
  const tests = text.toLowerCase().split(/\s+/).filter(Boolean).map(testOf)
  return (process, context) => tests.every((test) => test(process, context))
}

function testOf(term: string): Test {
  return exact(term) ?? compared(term) ?? contains(term)
}

function exact(term: string): Test | null {
  const [, name = '', wanted = ''] = /^([a-z]+):(.*)$/.exec(term) ?? []
  const field = Object.hasOwn(fields, name) ? fields[name] : undefined
  if (field === undefined) return null
  // one is still typing
  if (wanted === '') return () => true
  return (process, context) => field(process, context).toLowerCase() === wanted
}

function compared(term: string): Test | null {
  const match = /^([a-z]+)(<=|>=|<|>|=)(\d+(?:\.\d+)?)?([a-z]*|%)$/.exec(term)
  if (match === null) return null
  const [, name = '', sign = '', digits, unit = ''] = match
  const read = Object.hasOwn(amounts, name) ? amounts[name] : undefined
  if (read === undefined) return null
  if (digits === undefined) return () => true
  if (unit === '%') return name === 'mem' ? ofLimit(sign, Number(digits) / 100) : null
  const units = factors[name] ?? {}
  const factor = Object.hasOwn(units, unit) ? units[unit] : undefined
  if (factor === undefined) return null
  const wanted = Number(digits) * factor
  return (process) => fits(read(process), sign, wanted)
}

function ofLimit(sign: string, share: number): Test {
  return (process) => fits(process.memoryOfLimit, sign, share)
}

function fits(value: number | null, sign: string, wanted: number): boolean {
  if (value === null) return false
  if (sign === '<') return value < wanted
  if (sign === '<=') return value <= wanted
  if (sign === '>') return value > wanted
  if (sign === '>=') return value >= wanted
  return value === wanted
}

function contains(term: string): Test {
  return (process, { labels }) =>
    [process.command, process.name, process.user ?? '', labels.get(process.container) ?? '']
      .concat(String(process.pid))
      .some((text) => text.toLowerCase().includes(term))
}
