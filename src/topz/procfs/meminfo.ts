/** `MemTotal` of `/proc/meminfo`, which is the host's and never the pod's; null when not there. */
export function memTotalBytes(text: string): number | null {
  const found = /^MemTotal:\s+(\d+) kB$/m.exec(text)
  return found === null ? null : Number(found[1]) * 1024
}
