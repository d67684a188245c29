import { line, type Route } from '#kit/http.ts'
import type { EventStreams } from '#kit/sse.ts'
import { tableEvent } from '#topz/views/stream.ts'
import type { Moments } from '../moments.ts'

export interface StreamRoutesOptions {
  readonly moments: Pick<Moments, 'now'>
  readonly streams: Pick<EventStreams, 'open'>
}

/** Tables as they come. */
export function streamRoutes({ moments, streams }: StreamRoutesOptions): Record<string, Route> {
  return {
    '/topz/stream': {
      GET: async (request, info) => {
        // It could not read the stream, but it could take all places.
        const foreign = request.headers.get('sec-fetch-site') === 'cross-site'
        if (foreign) return line(403, 'Another site may not watch')
        return streams.open(info, tableEvent(await moments.now()))
      },
    },
  }
}
