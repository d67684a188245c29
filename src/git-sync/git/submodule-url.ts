import { resolve } from 'node:path'
import { withoutLogin } from './repository-url.ts'

/** What relative URLs in a repository start from; a path is one below `folder`. */
export function baseUrl(url: string, folder: string): string {
  return isPath(url) ? resolve(folder, url) : url
}

/**
 * The URL of a submodule. One that begins with `./` or `../` is relative to that of the repository
 * around it, which counts as a folder; `host:path` is a folder of `host`.
 * @throws Error when it leads out of the host.
 */
export function resolveSubmoduleUrl(url: string, base: string): string {
  if (!/^\.\.?\//.test(url)) return url
  let above = base.replace(/\/$/, '')
  let separator = '/'
  let rest = url
  for (let step = stepOf(rest); step !== null; step = stepOf(rest)) {
    rest = rest.slice(step.length)
    if (step === './') continue
    const parent = separator === ':' ? null : parentOf(above)
    if (parent === null) throw new Error(`its URL ${url} leads out of ${withoutLogin(base)}`)
    above = parent.url
    separator = parent.separator
  }
  return `${above}${separator}${rest}`.replace(/\/$/, '')
}

function stepOf(url: string): './' | '../' | null {
  if (url.startsWith('./')) return './'
  return url.startsWith('../') ? '../' : null
}

/** One part up, and what stands between that and the next part down. */
function parentOf(url: string): { readonly url: string; readonly separator: '/' | ':' } | null {
  if (/^\w[\w+.-]*:\/\/[^/]*$/.test(url)) return null
  const slash = url.lastIndexOf('/')
  if (slash >= 0) return { url: url.slice(0, slash), separator: '/' }
  const colon = url.lastIndexOf(':')
  return colon < 0 ? null : { url: url.slice(0, colon), separator: ':' }
}

function isPath(url: string): boolean {
  return !/^[^/]*:/.test(url)
}
