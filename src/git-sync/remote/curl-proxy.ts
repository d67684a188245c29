import { NotModelled } from './http-way.ts'

export interface CurlProxyOptions {
  /** What `http.proxy` says, or null. */
  readonly configured: string | null
  readonly env: Readonly<Record<string, string>>
}

/**
 * The proxy that libcurl, and so git, would take for a URL, or null. The variable of the scheme is
 * read in lower case, of https in upper case too: HTTP_PROXY could come from a header of CGI. An
 * empty variable is none; an empty `http.proxy` means no proxy at all.
 * Source: libcurl-env(3), CURLOPT_NOPROXY(3).
 * @throws NotModelled when it is of a kind that this program does not speak.
 */
export function curlProxyFor(url: URL, { configured, env }: CurlProxyOptions): string | null {
  const own = url.protocol === 'https:' ? env.https_proxy || env.HTTPS_PROXY : env.http_proxy
  const proxy = configured ?? (own || env.all_proxy || env.ALL_PROXY || '')
  if (proxy === '') return null
  const exceptions = env.no_proxy || env.NO_PROXY || ''
  if (isException(url.hostname, exceptions)) return null
  const text = proxy.includes('://') ? proxy : `http://${proxy}`
  const parsed = URL.canParse(text) ? new URL(text) : null
  if (parsed?.protocol !== 'http:' || parsed.username !== '' || parsed.pathname !== '/') {
    throw new NotModelled('a proxy that is more than http://HOST:PORT')
  }
  // curl's port, not that of the scheme
  return /:\d+\/?$/.test(text) ? parsed.href : `http://${parsed.hostname}:1080/`
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
    if (/[/:[\]*]/.test(entry))
      throw new NotModelled('$no_proxy with more than names and addresses')
    const name = entry.replace(/^\./, '').replace(/\.$/, '')
    if (host === name) return true
    if (!/^[\d.]+$/.test(host) && host.endsWith(`.${name}`)) return true
  }
  return false
}
