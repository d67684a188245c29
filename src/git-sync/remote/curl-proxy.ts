import { NotModelled } from './http-way.ts'

export interface CurlProxyOptions {
  /** What `http.proxy` says, or null. */
  readonly configured: string | null
  readonly env: Readonly<Record<string, string>>
}

/**
 * The proxy that git, by libcurl, would take for a URL, or null. The variable of the scheme is read in
 * lower case, of https in upper case too: HTTP_PROXY could come from a header of CGI. One that is
 * there and empty counts, as an empty `http.proxy` does: no proxy at all.
 * Source: libcurl-env(3), CURLOPT_NOPROXY(3), git's http.c.
 * @throws NotModelled when it is of a kind that this program does not speak.
 */
export function curlProxyFor(url: URL, { configured, env }: CurlProxyOptions): string | null {
  const own = url.protocol === 'https:' ? (env.https_proxy ?? env.HTTPS_PROXY) : env.http_proxy
  const proxy = configured ?? own ?? env.all_proxy ?? env.ALL_PROXY ?? ''
  if (proxy === '') return null
  if (isException(url.hostname, env.no_proxy ?? env.NO_PROXY ?? '')) return null
  const match = /^(?:http:\/\/)?([\w.-]+|\[[\da-f:.]+\])(?::(\d+))?\/?$/i.exec(proxy)
  if (!match) throw new NotModelled('a proxy that is more than http://HOST:PORT')
  // curl's port, not that of the scheme
  return `http://${match[1]}:${match[2] ?? 1080}/`
}

/** Names with all below them; a star alone is all. */
function isException(hostname: string, exceptions: string): boolean {
  const host = hostname.replace(/\.$/, '').toLowerCase()
  const entries = exceptions
    .toLowerCase()
    .split(/[,\s]+/)
    .filter(Boolean)
  if (entries.length === 1 && entries[0] === '*') return true
  for (const entry of entries) {
    if (/[/:[\]*]/.test(entry) || isOddAddress(entry)) {
      throw new NotModelled('$no_proxy with more than names and addresses')
    }
    const name = entry.replace(/^\./, '').replace(/\.$/, '')
    if (host === name) return true
    if (!/^[\d.]+$/.test(host) && host.endsWith(`.${name}`)) return true
  }
  return false
}

/** Versions of curl differ in what they make of it. */
function isOddAddress(entry: string): boolean {
  return /^[\d.]+$/.test(entry) && /^\.|\.$/.test(entry)
}
