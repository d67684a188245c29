import { safeHeaders } from '#kit/http.ts'

/** Nothing but our own files runs, nothing is loaded from elsewhere, nobody frames the page. */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

/** Below a packet's worth, compressing costs more than it saves. */
const worthCompressing = 1400

/** A whole answer of text, compressed for who takes that. */
export function answer(
  request: Request,
  { type, body }: { readonly type: string; readonly body: string },
): Response {
  const headers: Record<string, string> = {
    ...safeHeaders,
    'content-type': type.includes('charset') ? type : `${type}; charset=utf-8`,
    vary: 'Accept, Accept-Encoding',
  }
  if (type === 'text/html') {
    headers['content-security-policy'] = contentSecurityPolicy
    headers['referrer-policy'] = 'no-referrer'
  }
  const takesGzip = /\bgzip\b(?!\s*;\s*q=0(?:\.0*)?(?:,|$))/i.test(
    request.headers.get('accept-encoding') ?? '',
  )
  if (!takesGzip || body.length < worthCompressing) return new Response(body, { headers })
  headers['content-encoding'] = 'gzip'
  return new Response(Bun.gzipSync(body), { headers })
}
