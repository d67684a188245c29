import { type Handler, line } from './http.ts'

/**
 * Answers below a prefix as well as without it: some proxies pass `/tools/topz` on as it is, others
 * take the prefix away, and probes come past them. Links that are relative work in all three.
 *
 * @param prefix `/tools`, without a slash at its end; empty for none.
 */
export function belowPrefix(prefix: string, handler: Handler): Handler {
  if (prefix === '') return handler
  const last = prefix.slice(prefix.lastIndexOf('/') + 1)
  return (request, info) => {
    // without the slash a relative link would leave the prefix
    if (info.path === prefix) return line(302, `See ${last}/`, { location: `${last}/` })
    const isBelow = info.path.startsWith(`${prefix}/`)
    return handler(request, isBelow ? { ...info, path: info.path.slice(prefix.length) } : info)
  }
}

/** What is wrong with a prefix, as the end of a sentence, or null. */
export function prefixFault(prefix: string): string | null {
  if (prefix === '' || /^(\/[\w.~-]+)+$/.test(prefix)) return null
  return 'must begin with a slash and not end with one, like /tools/topz'
}
