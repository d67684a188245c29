import type { Clock } from '#kit/clock.ts'
import type { Handler } from '#kit/http.ts'
import { type Log, reasonOf } from '#kit/log.ts'
import type { Announced } from './announced.ts'
import type { Bell } from './bell.ts'
import type { Announcement, PushHost } from './hosts/host.ts'
import { answerOf, type Decision } from './push-answers.ts'
import { type Body, createBodyReader } from './push-body.ts'
import type { PushCounts } from './push-counts.ts'
import { pushLog } from './push-log.ts'
import type { Peers } from './push-peers.ts'
import { changesOf, namesTarget, type PushTarget } from './push-target.ts'
import { createSeen } from './seen.ts'
import { createThrottle } from './throttle.ts'

export interface PushOptions {
  /** Asked in this order whose delivery it is. */
  readonly hosts: readonly PushHost[]
  /** The secrets of this moment. @throws Error that tells why there are none */
  readonly secrets: () => readonly string[]
  readonly target: PushTarget
  readonly announced: Pick<Announced, 'expect'>
  /** Null when nobody else is to be told. */
  readonly peers: Peers | null
  readonly bell: Bell
  readonly counts: PushCounts
  readonly clock: Clock
  readonly log: Log
}

/** Small bodies are read as fast as they come: so many at once are slow ones. */
const mostReading = 256

/** What was seen is looked at again, but only once in this time: to repeat it costs little. */
const repeatMs = 1_000
const mostSeen = 1_000

const unprovenBy = {
  wrong: 'it is signed with another secret',
  stale: 'it was signed too long ago; a replay, or a clock that is wrong',
} as const

/** Answers at once whatever a git host delivers; the sync that it asks for is not waited for. */
export function pushHandler(options: PushOptions): Handler {
  const { hosts, bell, announced, counts, clock, target, peers, log } = options
  const bodies = createBodyReader()
  const seen = createSeen(mostSeen)
  const repeat = createThrottle(repeatMs, clock)
  const tell = pushLog(log, clock)
  let reading = 0

  async function receive(host: PushHost, request: Request): Promise<Decision> {
    const secrets = secretsOf(options)
    if (secrets instanceof Error) return { verdict: 'no_secret', why: secrets.message }
    const proof = host.proof(request.headers, { secrets, nowMs: clock.nowMs() })
    if (proof === null) return { verdict: 'unproven', why: 'its headers have nothing to prove it' }
    if (reading >= mostReading) return { verdict: 'busy', why: 'too many are being read' }
    reading++
    try {
      return await bodies.read(request, {
        update: proof.update,
        act(body) {
          if (body.kind !== 'whole') return { verdict: body.kind, why: 'its body is not whole' }
          const verdict = proof.verdict()
          if (verdict === 'ping') return { verdict }
          if (verdict !== 'proven') return { verdict: 'unproven', why: unprovenBy[verdict] }
          return judge(host, { headers: request.headers, body, secrets })
        },
      })
    } finally {
      reading--
    }
  }

  /** What a proven delivery does. */
  function judge(host: PushHost, { headers, body, secrets }: Proven): Decision {
    const { bytes, digest } = body
    if (peers?.isOwn(headers)) return { verdict: 'own' }
    const ask = (): void => {
      bell.ring(`a push, told by ${host.name}`)
      counts.asked(clock.nowMs())
      peers?.pass({ headers, bytes, secrets })
    }
    if (seen.has(digest)) {
      repeat(ask)
      return { verdict: 'seen' }
    }
    if (bytes === null) {
      ask()
      return { verdict: 'synchronising', why: 'it is too large to be read' }
    }
    const said = announcementOf(host, { headers, bytes })
    if (said instanceof Error) return { verdict: 'unreadable', why: said.message }
    const ignored = whyIgnored(target, said)
    if (ignored !== null || said.kind !== 'push') return ignored ?? { verdict: 'ping' }
    const changes = changesOf(target, said.changes)
    announced.expect(changes)
    // What names no ref is the same each time.
    if (changes.length > 0) seen.add(digest)
    ask()
    return { verdict: 'synchronising', fields: { ...changes[0] } }
  }

  return async (request, { remote }) => {
    const host = hosts.find((one) => one.sent(request.headers))
    const decision: Decision =
      host === undefined
        ? { verdict: 'unproven', why: 'no git host sends such headers' }
        : await receive(host, request)
    const name = host?.name ?? 'unknown'
    counts.delivered(name, decision.verdict)
    tell(decision, { host: name, from: remote })
    return answerOf(decision)
  }
}

interface Proven {
  readonly headers: Headers
  readonly body: Extract<Body, { kind: 'whole' }>
  readonly secrets: readonly string[]
}

function secretsOf({ secrets }: PushOptions): readonly string[] | Error {
  try {
    return secrets()
  } catch (error) {
    return new Error(reasonOf(error))
  }
}

function announcementOf(
  host: PushHost,
  { headers, bytes }: { readonly headers: Headers; readonly bytes: Uint8Array },
): Announcement | Error {
  try {
    return host.read(headers, bytes)
  } catch (error) {
    // the rest of its causes may quote the body
    return error instanceof Error ? error : new Error(String(error))
  }
}

/** Null when it asks for a sync, or is a ping. */
function whyIgnored(target: PushTarget, said: Announcement): Decision | null {
  if (said.kind === 'ping') return null
  if (said.kind === 'other') {
    return {
      verdict: 'other_event',
      why: `it tells of ${JSON.stringify(said.event)}, not of a push`,
    }
  }
  const { repositories, changes } = said
  if (!namesTarget(target, repositories)) {
    return { verdict: 'other_repository', why: `${short(repositories[0])} is not what is synced` }
  }
  if (target.ref === null)
    return { verdict: 'other_ref', why: 'a hash is followed: it never moves' }
  if (changes.length === 0 || changesOf(target, changes).length > 0) return null
  return { verdict: 'other_ref', why: `${short(changes[0]?.ref)} is not what is followed` }
}

function short(name = ''): string {
  return name.length > 200 ? `${name.slice(0, 200)}…` : name
}
