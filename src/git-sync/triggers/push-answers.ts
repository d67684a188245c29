import { line } from '#kit/http.ts'
import type { Fields } from '#kit/log.ts'
import type { Verdict } from './push-counts.ts'

/** What became of a delivery. */
export interface Decision {
  readonly verdict: Verdict
  /** Why it does nothing, for the log; who sent it is told only when he has proven himself. */
  readonly why?: string
  /** For the log. */
  readonly fields?: Fields
}

const closing = { connection: 'close' }

/** What each verdict is answered. Nobody who is not proven learns what was wrong. */
const answers: Readonly<Record<Verdict, (why: string) => Response>> = {
  synchronising: () => line(202, 'synchronising'),
  seen: () => line(202, 'already seen'),
  own: () => line(202, 'ignored: it comes from here'),
  ping: () => line(200, 'pong'),
  other_event: (why) => line(202, `ignored: ${why}`),
  other_repository: (why) => line(202, `ignored: ${why}`),
  other_ref: (why) => line(202, `ignored: ${why}`),
  unproven: () => line(401, 'not proven'),
  unreadable: (why) => line(400, why),
  too_large: () => line(413, 'too large: a body may have 25 MiB', closing),
  too_slow: () => line(408, 'too slow: a body may take 10 s', closing),
  broken_off: () => line(400, 'broken off', closing),
  busy: () => line(503, 'busy', { 'retry-after': '1', ...closing }),
  no_secret: () => line(503, 'the secret cannot be read here', { 'retry-after': '10' }),
}

export function answerOf({ verdict, why = '' }: Decision): Response {
  return answers[verdict](why)
}
