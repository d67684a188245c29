import { readdirSync, readFileSync } from 'node:fs'

/** The ssh that keeps a connection for others by a socket below a folder; null when there is none. */
export function sharedSshIn(folder: string): number | null {
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue
    try {
      const words = readFileSync(`/proc/${name}/cmdline`, 'utf8').split('\0')
      const isOurs = words.some((word) => word.startsWith(`ControlPath=${folder}/`))
      if (words[0] === 'ssh' && words.includes('ControlMaster=yes') && isOurs) return Number(name)
    } catch {
      // It has ended.
    }
  }
  return null
}
