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
  /** Fields 16 and 17: the same of its children that ended and that it waited for. */
  childCpuTicks: number
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
    childCpuTicks: 0,
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

/** A PID of 7 digits, a space, `(`, the longest name (63 bytes, of a kernel thread) and `)`. */
const longestHead = 7 + 2 + 63 + 1

/** Where `word` and `number` go on. One parser runs at a time. */
let at = 0

/**
 * `PID (NAME) STATE PPID PGRP … ` as in proc_pid_stat(5). The name is the program's to choose and
 * may hold spaces, parentheses and newlines, so fields count from the last `)`; behind it are only
 * numbers. Written for the machine: no strings, no closures, nothing past field 24.
 * bench/rows/topz-sample.ts guards it.
 *
 * @returns Whether all fields were there; `into` is meaningless otherwise.
 */
export function parseStat(bytes: Uint8Array, length: number, into: StatFields): boolean {
  let end = Math.min(length, longestHead) - 1
  while (end >= 0 && bytes[end] !== close) end--
  if (end < 0) return false
  let start = 0
  while (start < end && bytes[start] !== open) start++
  into.nameStart = start + 1
  into.nameEnd = end
  into.state = bytes[end + 2] ?? 0
  at = end + 4
  into.parentPid = number(bytes)
  skip(bytes, 4)
  into.exiting = (number(bytes) & exitingFlag) !== 0
  skip(bytes, 4)
  into.cpuTicks = number(bytes) + number(bytes)
  into.childCpuTicks = number(bytes) + number(bytes)
  skip(bytes, 2)
  into.threads = number(bytes)
  skip(bytes, 1)
  into.startTicks = number(bytes)
  skip(bytes, 1)
  into.rssPages = number(bytes)
  // what was read past a line that ends too early is of an earlier read
  return at <= length + 1
}

/** Passes over so many words, negative numbers among them. */
function skip(bytes: Uint8Array, words: number): void {
  for (let word = 0; word < words; word++) {
    while ((bytes[at] ?? space) > space) at++
    at++
  }
}

/** The next word as a number; 0 for a negative one. */
function number(bytes: Uint8Array): number {
  let value = 0
  if (bytes[at] === minus) {
    skip(bytes, 1)
    return 0
  }
  for (;;) {
    const digit = (bytes[at++] ?? 0) - zero
    if (digit < 0) return value
    value = value * 10 + digit
  }
}
