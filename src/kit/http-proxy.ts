import type { Env } from './options.ts'

/**
 * The proxy that the environment names for a URL, or null for none. The rules are those of Go's
 * programs, which manifests are written for: HTTP_PROXY or HTTPS_PROXY by the scheme of the URL, the
 * upper-case name first; nothing for this machine itself; NO_PROXY names hosts with all below them,
 * `.domain` only what is below, addresses, networks, each with a port or without, and `*`.
 */
export function proxyFor(url: URL, env: Env): string | null {
  const name = url.protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY'
  const proxy = env[name] || env[name.toLowerCase()] || ''
  if (proxy === '') return null
  const host = bare(url.hostname)
  if (isThisMachine(host)) return null
  const port = url.port || (url.protocol === 'https:' ? '443' : '80')
  const exceptions = (env.NO_PROXY || env.no_proxy || '').toLowerCase().split(',')
  if (exceptions.some((entry) => matches(entry.trim(), { host, port }))) return null
  return /^\w+:\/\//.test(proxy) ? proxy : `http://${proxy}`
}

function isThisMachine(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d+){3}$/.test(host)
}

function matches(entry: string, { host, port }: { host: string; port: string }): boolean {
  if (entry === '') return false
  if (entry === '*') return true
  const address = addressOf(host)
  const [network = '', width] = entry.split('/')
  if (width !== undefined) return address !== null && isWithin(address, { network, width })
  const [, name = '', onlyPort] = /^(.*?)(?::(\d+))?$/.exec(splittable(entry)) ?? []
  if (onlyPort !== undefined && onlyPort !== port) return false
  if (address !== null) return addressOf(bare(name))?.bits === address.bits
  const domain = name.replace(/^\*(?=\.)/, '')
  return domain.startsWith('.') ? host.endsWith(domain) : `.${host}`.endsWith(`.${domain}`)
}

/** An IPv6 address has colons, but no port unless it stands in brackets. */
function splittable(entry: string): string {
  return /^[^[\]]*:[^[\]]*:/.test(entry) ? `[${entry}]` : entry
}

function bare(host: string): string {
  return host.replace(/^\[|\]$|\.$/g, '')
}

interface Address {
  readonly bits: bigint
  /** 32 or 128. */
  readonly width: number
}

function isWithin(address: Address, { network, width }: { network: string; width: string }) {
  const start = addressOf(bare(network))
  if (start === null || start.width !== address.width || !/^\d{1,3}$/.test(width)) return false
  const rest = BigInt(Math.max(0, address.width - Number(width)))
  return address.bits >> rest === start.bits >> rest
}

function addressOf(host: string): Address | null {
  if (/^\d+(\.\d+){3}$/.test(host)) return { bits: joined(host.split('.'), 10, 8n), width: 32 }
  if (!host.includes(':') || !URL.canParse(`http://[${host}]`)) return null
  const [head = '', tail] = bare(new URL(`http://[${host}]`).hostname).split('::')
  const groups = head.split(':').filter(Boolean)
  const after = (tail ?? '').split(':').filter(Boolean)
  const zeros = Array<string>(8 - groups.length - after.length).fill('0')
  return { bits: joined([...groups, ...zeros, ...after], 16, 16n), width: 128 }
}

function joined(parts: readonly string[], base: 10 | 16, bits: bigint): bigint {
  return parts.reduce((sum, part) => (sum << bits) | BigInt(base === 16 ? `0x${part}` : part), 0n)
}
