/** Soft limit of open files from `/proc/PID/limits`; Infinity when unlimited, null when not told. */
export function maxOpenFiles(text: string): number | null {
  const found = /^Max open files\s+(\d+|unlimited)/m.exec(text)
  if (found === null) return null
  return found[1] === 'unlimited' ? Number.POSITIVE_INFINITY : Number(found[1])
}
