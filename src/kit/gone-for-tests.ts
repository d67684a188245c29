import { readFile } from 'node:fs/promises'

/** True when a process ends within a second, though init may not have buried it yet. */
export async function isGone(pid: number): Promise<boolean> {
  for (let tries = 0; tries < 50; tries++) {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ') Z')
    if (stat.slice(stat.lastIndexOf(')')).startsWith(') Z')) return true
    await Bun.sleep(20)
  }
  return false
}
