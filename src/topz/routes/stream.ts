import { line, type Route } from '#kit/http.ts'
import { eventStreamHeaders } from '#kit/sse.ts'
import type { Moments } from '../moments.ts'
import type { Viewers } from '../viewers.ts'

export interface StreamRoutesOptions {
  readonly moments: Pick<Moments, 'now'>
  readonly streams: Pick<Viewers, 'open'>
}

/** A whole table and then what changes; with `?whole`, whole tables. */
export function streamRoutes({ moments, streams }: StreamRoutesOptions): Record<string, Route> {
  return {
    '/topz/stream': {
      GET: async (request, info) => {
        // It could not read the stream, but it could take all places.
        const foreign = request.headers.get('sec-fetch-site') === 'cross-site'
        if (foreign) return line(403, 'Another site may not watch')
        if (request.method === 'HEAD') return new Response(null, { headers: eventStreamHeaders })
        const whole = info.query.has('whole')
        return streams.open(info, { first: await moments.now(), whole })
      },
    },
  }
}
