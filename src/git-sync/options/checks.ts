import { GitConfigError, parseGitConfig } from '#git-sync/git/git-config.ts'
import { parseBind } from '#kit/http.ts'

/** A duration that may not be shorter; `shown` is how a person writes it. */
export function atLeast(leastMs: number, shown: string): (ms: number) => string | null {
  return (ms) => (ms < leastMs ? `must be at least ${shown}` : null)
}

/** Zero is the ordinary period. */
export function initPeriod(ms: number): string | null {
  return ms === 0 ? null : atLeast(10, '10ms')(ms)
}

/** There, and nothing that git would take for an option of its own. */
export function noOption(text: string): string | null {
  if (text === '') return 'must be specified'
  return text.startsWith('-') ? `${JSON.stringify(text)} cannot begin with a dash` : null
}

/** A path or URL that can be shown: a password with a slash in it would be taken for a path. */
export function repository(text: string): string | null {
  if (/[\r\n]/.test(text)) return 'has a line end in it: take that out of where it comes from'
  const host = /^https?:\/\/([^/]*)/i.exec(text)?.[1] ?? ''
  const port = /:([^\]@:]*)$/.exec(host)?.[1] ?? ''
  if (/^\d*$/.test(port)) return noOption(text)
  return 'has a port that is no number; a password in a URL must be percent-encoded'
}

/** `HOST:PORT`, or nothing. */
export function address(text: string): string | null {
  if (text === '') return null
  try {
    parseBind(text)
    return null
  } catch {
    return `${JSON.stringify(text)} is no address: the form is HOST:PORT, [IPV6]:PORT or :PORT`
  }
}

/** `HOST:PORT` of others, or nothing. */
export function peers(text: string): string | null {
  const wrong = address(text)
  if (text === '' || wrong !== null) return wrong
  const { hostname, port } = parseBind(text)
  if (hostname !== '' && port !== 0) return null
  return `${JSON.stringify(text)} names nobody: the form is HOST:PORT`
}

/** Lists of settings for git. */
export function gitConfig(lists: readonly string[]): string | null {
  try {
    for (const list of lists) parseGitConfig(list)
    return null
  } catch (error) {
    if (error instanceof GitConfigError) return `is no list of KEY:VALUE: ${error.message}`
    throw error
  }
}
