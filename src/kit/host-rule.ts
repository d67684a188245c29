import { type Handler, line } from './http.ts'

export interface HostRuleOptions {
  /** More names that may ask: `topz.example.com`, `*.example.com`, or `*` for every name. */
  readonly allow: readonly string[]
  /** This machine's own name, or null. */
  readonly hostname: string | null
  /** Name of the option that fills `allow`, for the advice in the answer. */
  readonly flag: string
  readonly handler: Handler
}

/**
 * Lets a request through only when its Host header is a name that nobody outside can point at us.
 * Without it a hostile page could rebind its own name to our address and read us through the
 * browser of somebody inside. Addresses, names of one label and names inside the cluster cannot be
 * bought, so they pass; other names must be allowed. A request without Host is not a browser's.
 */
export function hostRule({ allow, hostname, flag, handler }: HostRuleOptions): Handler {
  // whoever copies a name from an address bar brings its port along
  const allowed = allow.map(hostOf)
  const own = hostname?.toLowerCase() ?? null
  return (request, info) => {
    const host = hostOf(request.headers.get('host') ?? '')
    if (host === '' || host === own || isInside(host) || allowed.some((name) => fits(name, host))) {
      return handler(request, info)
    }
    const shown = /^[a-z0-9._-]{1,253}$/.test(host) ? host : 'HOST'
    return line(403, `This host name may not ask; to let it, start with --${flag}=${shown}`)
  }
}

/** The header without its port and the root's final dot, in lower case. */
function hostOf(header: string): string {
  const bracketed = /^\[([^\]]*)\](?::\d*)?$/.exec(header)
  const host = bracketed?.[1] ?? header.replace(/:\d*$/, '')
  return host.toLowerCase().replace(/\.$/, '')
}

/** No registrar sells these: literals, single labels (Services, pods), the cluster's domain. */
function isInside(host: string): boolean {
  if (isAddress(host)) return true
  if (!/^[a-z0-9_-]+(\.[a-z0-9_-]+)*$/.test(host)) return false
  return !host.includes('.') || /\.(localhost|svc|cluster\.local)$/.test(host)
}

function isAddress(host: string): boolean {
  if (host.includes(':')) return URL.canParse(`http://[${host.replace(/%[\w.-]+$/, '')}]/`)
  const parts = host.split('.')
  return parts.length === 4 && parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && +part < 256)
}

function fits(allowed: string, host: string): boolean {
  if (allowed === '*') return true
  return allowed.startsWith('*.') ? host.endsWith(allowed.slice(1)) : allowed === host
}
