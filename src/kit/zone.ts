import { readFileSync } from 'node:fs'
import type { Env } from './options.ts'

/**
 * True when local time is UTC, as in almost every container. To ask a Date for its local hour would
 * load the tables of all zones: more than a megabyte.
 */
export function isUtcHere(env: Env, { file = '/etc/localtime' } = {}): boolean {
  if (env.TZ !== undefined) return /^(:?(Etc\/)?(UTC|UCT|Universal|Zulu|GMT))?$/.test(env.TZ)
  try {
    // A zone's file ends with its rule for the time to come (RFC 8536).
    return readFileSync(file, 'latin1').endsWith('\nUTC0\n')
  } catch {
    return true
  }
}
