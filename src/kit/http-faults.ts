/** What a person reads when a server cannot be asked. */
export interface Unreachable {
  /** Without the name of the server: `<what is so>; <what to do>`. */
  readonly why: string
  /** True when its certificate is not trusted. */
  readonly isTrust: boolean
}

const closed = 'it closed the connection before the end of its answer; look at the server'
const nonsense = 'it answers something that is not HTTP; check the port'

const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nobody listens there; check the host and port',
  ENOTFOUND: 'there is no such host; check the name',
  EAI_AGAIN: 'its name cannot be looked up now; check the name and the DNS',
  EHOSTUNREACH: 'there is no way to it; check the host and the network',
  ENETUNREACH: 'there is no way to it; check the host and the network',
  ECONNRESET: closed,
  ConnectionClosed: closed,
  Malformed_HTTP_Response: nonsense,
  InvalidHTTPResponse: nonsense,
  EPROTO: 'it does not speak TLS there; check the scheme and port',
  FailedToOpenSocket: 'no connection could be begun; check the host, and the files of authorities',
  UnsupportedProxyProtocol: 'the proxy is of a kind that is not supported; use http:// or https://',
}

/**
 * Reads the error of a `fetch` that found no whole answer. Only known words of it are shown. What
 * ended it was perhaps we: then it is the reason.
 */
export function whyUnreachable(error: unknown, end: AbortSignal): Unreachable {
  if (end.aborted) return { why: String(end.reason), isTrust: false }
  const { code, message } = parts(error)
  const known = reasons[code]
  if (known !== undefined) return { why: known, isTrust: false }
  if (code === 'ERR_PROXY_TUNNEL') {
    const status = /\b\d{3}\b/.exec(message)?.[0] ?? 'a refusal'
    return { why: `the proxy answers ${status}; check the proxy and its login`, isTrust: false }
  }
  if (/CERT|ISSUER|SIGNATURE|CRL/.test(code)) {
    const isName = code.includes('ALTNAME')
    const what = isName ? 'is for another name' : `is not trusted (${code})`
    const advice = isName ? 'check the host' : 'name the file of its authority in SSL_CERT_FILE'
    return { why: `its certificate ${what}; ${advice}`, isTrust: true }
  }
  return { why: `${code || 'no connection'}; look at the server and the way to it`, isTrust: false }
}

function parts(error: unknown): { readonly code: string; readonly message: string } {
  if (!(error instanceof Error)) return { code: '', message: String(error) }
  return { code: 'code' in error ? String(error.code) : '', message: error.message }
}
