import { accessSync, constants } from 'node:fs'
import { reasonOf } from '#kit/log.ts'
import type { Credential } from './credential.ts'

/** Where the program replaced has it: there is no option for another place. */
const cookieFile = '/etc/git-secret/cookie_file'

/**
 * Cookies for http(s), in the format that git reads.
 * @throws Error naming the file when it cannot be read.
 */
export function cookieCredential(): Credential {
  try {
    accessSync(cookieFile, constants.R_OK)
  } catch (cause) {
    const why = `Cannot read ${cookieFile}: ${reasonOf(cause)}`
    throw new Error(`${why}; mount it there, or leave --cookie-file out`)
  }
  return { refresh: async () => ({ config: [['http.cookieFile', cookieFile]] }) }
}
