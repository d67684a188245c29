export interface HttpRequest {
  readonly headers: Headers
  /** Sent by POST; without it the request is a GET. */
  readonly body: string | undefined
}

/** Fields that say how a message is sent. */
const framing = [
  'accept-encoding',
  'connection',
  'content-length',
  'expect',
  'host',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]

/**
 * A request of HTTP/1.1 as it goes over the wire; null when somebody wants one that `fetch` would send
 * in another way. Source: RFC 9112, section 3.
 */
export function wireOf(url: URL, { headers, body }: HttpRequest): Uint8Array | null {
  if (url.username !== '' || url.password !== '') return null
  if (framing.some((name) => headers.has(name))) return null
  const sent = Buffer.from(body ?? '')
  const head = [
    `${body === undefined ? 'GET' : 'POST'} ${url.pathname}${url.search} HTTP/1.1`,
    `host: ${url.host}`,
    ...(headers.has('accept') ? [] : ['accept: */*']),
    ...[...headers].map(([name, value]) => `${name}: ${value}`),
    ...(body === undefined ? [] : [`content-length: ${sent.length}`]),
  ]
  return Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`, 'latin1'), sent])
}
