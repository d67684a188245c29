/** The fields of `/proc/PID/stat` that a row needs. Filled anew by each `parseStat`. */
export interface StatFields {
  /** The name lies between these two offsets of the bytes parsed. */
  nameStart: number
  nameEnd: number
  /** Field 3 as a character code: `R` is 82. */
  state: number
  /** Field 4; 0 for PID 1, for what was entered from outside the namespace, and for its threads. */
  parentPid: number
  /** Flag 4 of field 9: it is ending or a zombie, and its v1 control groups are not told any more. */
  exiting: boolean
  /** Fields 14 and 15 together, in clock ticks. */
  cpuTicks: number
  /** Field 20. */
  threads: number
  /** Field 22, clock ticks after boot: with the PID it is the identity. */
  startTicks: number
  /** Field 24. The kernel sums its per-CPU counters lazily here: some pages off, never wild. */
  rssPages: number
}

export function emptyStat(): StatFields {
  return {
    nameStart: 0,
    nameEnd: 0,
    state: 0,
    parentPid: 0,
    exiting: false,
    cpuTicks: 0,
    threads: 0,
    startTicks: 0,
    rssPages: 0,
  }
}

const space = 32
const open = 40
const close = 41
const minus = 45
const zero = 48
const exitingFlag = 4

/**
 * `PID (NAME) STATE PPID PGRP … ` as in proc_pid_stat(5). The name is the program's to choose and
 * may hold spaces, parentheses and newlines, so fields count from the last `)`. Written for the
 * machine: no strings, no closures, nothing past field 24. bench/sample.ts guards it.
 *
 * @returns Whether all fields were there; `into` is meaningless otherwise.
 */
export function parseStat(bytes: Uint8Array, length: number, into: StatFields): boolean {
  let at = length - 1
  while (at >= 0 && bytes[at] !== close) at--
  if (at < 0) return false
  into.nameEnd = at
  let start = 0
  while (start < at && bytes[start] !== open) start++
  into.nameStart = start + 1
  into.state = bytes[at + 2] ?? 0
  at += 4
  let field = 4
  let value = 0
  let negative = false
  let cpuTicks = 0
  for (; at <= length; at++) {
    const byte = at === length ? space : (bytes[at] ?? space)
    if (byte >= zero) {
      value = value * 10 + (byte - zero)
      continue
    }
    if (byte === minus) {
      negative = true
      continue
    }
    if (field === 4) into.parentPid = value
    else if (field === 9) into.exiting = (value & exitingFlag) !== 0
    else if (field === 14) cpuTicks = value
    else if (field === 15) into.cpuTicks = cpuTicks + value
    else if (field === 20) into.threads = value
    else if (field === 22) into.startTicks = value
    else if (field === 24) {
      into.rssPages = negative ? 0 : value
      return true
    }
    field++
    value = 0
    negative = false
  }
  return false
}
