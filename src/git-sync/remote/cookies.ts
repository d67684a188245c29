export interface CookiesOptions {
  readonly nowMs: number
}

/**
 * The Cookie header for a URL from the text of a file in Netscape's format, or null. Seven fields,
 * parted by tabs: domain, tail match, path, secure, expiry in seconds (0: none), name, value.
 * Source: https://curl.se/docs/http-cookies.html
 */
export function cookiesFor(url: URL, text: string, { nowMs }: CookiesOptions): string | null {
  const cookies = text.split('\n').flatMap((line) => {
    const fields = line
      .replace(/^#HttpOnly_/, '')
      .replace(/\r$/, '')
      .split('\t')
    if (line.startsWith('#') && !line.startsWith('#HttpOnly_')) return []
    const [domain, tail, path, secure, expiry, name, value = ''] = fields
    if (domain === undefined || path === undefined || name === undefined) return []
    const isOurs =
      isDomain(url.hostname, { domain, tail: tail === 'TRUE' }) &&
      isBelow(url.pathname, path) &&
      (secure !== 'TRUE' || url.protocol === 'https:') &&
      (Number(expiry) === 0 || Number(expiry) * 1000 > nowMs)
    return isOurs ? [{ path, text: `${name}=${value}` }] : []
  })
  if (cookies.length === 0) return null
  const longestFirst = cookies.sort((one, other) => other.path.length - one.path.length)
  return longestFirst.map((cookie) => cookie.text).join('; ')
}

function isDomain(host: string, { domain, tail }: { domain: string; tail: boolean }): boolean {
  const name = domain.replace(/^\./, '').toLowerCase()
  return host === name || (tail && !/^[\d.]+$/.test(host) && host.endsWith(`.${name}`))
}

function isBelow(path: string, prefix: string): boolean {
  if (!path.startsWith(prefix)) return false
  return prefix.endsWith('/') || path.length === prefix.length || path[prefix.length] === '/'
}
