/** An answer that may be right, but is not of the kind that is read here: `fetch` knows more kinds. */
export class Unusual extends Error {
  override readonly name = 'Unusual'
}

/** What is read of the head of an answer. */
export interface HttpHead {
  readonly status: number
  readonly contentType: string | null
  readonly location: string | null
  /** Bytes of the body of a status 200, or `chunked`: it says itself where it ends. */
  readonly length: number | 'chunked' | null
  /** The connection may be asked again. */
  readonly staysOpen: boolean
}

/** Fields that decide here, so that none of them may be said twice. */
const read = new Set([
  'connection',
  'content-encoding',
  'content-length',
  'content-type',
  'location',
  'transfer-encoding',
])

/**
 * Reads a status line and fields parted by `\r\n`, without the empty line at their end.
 * Source: RFC 9112, sections 4 to 6.
 * @throws Unusual when it is not plain HTTP/1.1, or of a status 200 whose body is not sent as it is.
 */
export function parseHead(text: string): HttpHead {
  const [first = '', ...lines] = text.split('\r\n')
  const status = /^HTTP\/1\.1 ([2-5]\d\d)(?: |$)/.exec(first)?.[1]
  if (status === undefined || hasControl.test(first)) throw new Unusual('another status line')
  const fields = fieldsOf(lines)
  return {
    status: Number(status),
    contentType: fields.get('content-type') ?? null,
    location: fields.get('location') ?? null,
    length: status === '200' ? lengthOf(fields) : null,
    staysOpen: /^keep-alive$/i.test(fields.get('connection') ?? 'keep-alive'),
  }
}

function fieldsOf(lines: readonly string[]): ReadonlyMap<string, string> {
  const fields = new Map<string, string>()
  for (const line of lines) {
    const colon = line.indexOf(':')
    const name = line.slice(0, Math.max(0, colon)).toLowerCase()
    if (!/^[\w!#$%&'*+.^`|~-]+$/.test(name) || hasControl.test(line)) throw new Unusual('no field')
    if (!read.has(name)) continue
    if (fields.has(name)) throw new Unusual('a field that is there twice')
    fields.set(name, line.slice(colon + 1).trim())
  }
  return fields
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: a line feed alone is what some take for an end
const hasControl = /[\0-\x08\x0a-\x1f\x7f]/

/** Two ways to say the length are how one answer is taken for another; none is one without an end. */
function lengthOf(fields: ReadonlyMap<string, string>): HttpHead['length'] {
  const encoding = fields.get('content-encoding') ?? 'identity'
  if (encoding.toLowerCase() !== 'identity') throw new Unusual('a body in another form')
  const coding = fields.get('transfer-encoding')
  const length = fields.get('content-length')
  if (coding === undefined && length !== undefined && /^\d{1,9}$/.test(length)) {
    return Number(length)
  }
  if (coding?.toLowerCase() === 'chunked' && length === undefined) return 'chunked'
  throw new Unusual('a length that is in doubt')
}
