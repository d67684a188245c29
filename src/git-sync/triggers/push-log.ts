import type { Clock } from '#kit/clock.ts'
import type { Log } from '#kit/log.ts'
import type { Decision } from './push-answers.ts'
import type { Verdict } from './push-counts.ts'

export interface Told {
  /** Whose delivery it seems to be. */
  readonly host: string
  /** Address of who sent it, or of a proxy. */
  readonly from: string | null
}

/** Anybody can send what is not proven, or cannot be, and a ping: a line of each kind a second. */
const quietMs = 1_000

const sentences: Readonly<Partial<Record<Verdict, string>>> = {
  synchronising: 'a push asks for a sync',
  seen: 'a push is told again, and is looked at again',
  ping: 'a git host asks whether somebody is here',
  own: 'a delivery came back to where it was passed on from',
}

/** One line for each delivery. Of an unproven one nothing is told but where it came from. */
export function pushLog(
  log: Log,
  clock: Pick<Clock, 'monotonicMs'>,
): (decision: Decision, told: Told) => void {
  const kinds = new Map<string, { readonly sinceMs: number; untold: number }>()

  /** How many were not told since the last of its kind; null when it is too early for another. */
  function untoldOf(name: string): number | null {
    const kind = kinds.get(name)
    const nowMs = clock.monotonicMs()
    if (kind !== undefined && nowMs - kind.sinceMs < quietMs) {
      kind.untold++
      return null
    }
    kinds.set(name, { sinceMs: nowMs, untold: 0 })
    return kind?.untold ?? 0
  }

  return ({ verdict, why, fields = {} }, { host, from }) => {
    if (verdict === 'own') return log.debug(1, sentences.own ?? '', { host })
    const sentence = sentences[verdict]
    const told = { host, ...(why === undefined ? {} : { why }), ...fields }
    if (sentence !== undefined && verdict !== 'ping') return log.info(sentence, told)
    if (verdict.startsWith('other_')) return log.info('a delivery does nothing', told)
    // Why there is no secret is nothing that a sender chooses, and each reason is news.
    const untold = untoldOf(verdict === 'no_secret' ? `${verdict} ${why}` : verdict)
    if (untold === null) return
    const more = untold > 0 ? { untold } : {}
    if (sentence !== undefined) return log.info(sentence, { ...told, ...more })
    if (verdict !== 'no_secret')
      return log.warn('a delivery is refused', { ...told, ...more, from })
    log.error('a delivery is refused', { host, error: why, ...more })
  }
}
