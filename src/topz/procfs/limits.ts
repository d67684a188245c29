/** One line of `/proc/PID/limits`; Infinity is unlimited. */
export interface ResourceLimit {
  /** As the kernel names it: `Max open files`. */
  readonly name: string
  readonly soft: number
  readonly hard: number
  /** `bytes`, `files`, `us` and so on; empty for some. */
  readonly unit: string
}

/** Columns are aligned by two spaces and more, as in getrlimit(2) and fs/proc/base.c. */
const line = /^(\S+(?: \S+)*) {2,}(\d+|unlimited) +(\d+|unlimited)(?: +(\S+))? *$/gm

/** All lines of `/proc/PID/limits` but the heading. */
export function parseLimits(text: string): ResourceLimit[] {
  return [...text.matchAll(line)].map(([, name = '', soft, hard, unit = '']) => ({
    name,
    soft: limitOf(soft),
    hard: limitOf(hard),
    unit,
  }))
}

/** Soft limit of open files from `/proc/PID/limits`; Infinity when unlimited, null when not told. */
export function maxOpenFiles(text: string): number | null {
  const found = /^Max open files\s+(\d+|unlimited)/m.exec(text)
  return found === null ? null : limitOf(found[1])
}

function limitOf(word: string | undefined): number {
  return word === 'unlimited' ? Number.POSITIVE_INFINITY : Number(word)
}
