/** Seconds after boot, the scale of a process's start; null when the file is not as expected. */
export function parseUptime(text: string): number | null {
  const seconds = Number.parseFloat(text)
  return Number.isFinite(seconds) ? seconds : null
}
