import type { PodSeries } from '#topz/history/series.ts'
import type { EventKind, PodEvent } from '#topz/model/table.ts'

/** Something that happened, as a tick on the line of time. */
export interface Mark {
  readonly atMs: number
  readonly tone: 'faint' | 'plain' | 'amber' | 'red'
  readonly says: string
}

/** The last minutes of the whole pod, to be drawn and to be dragged along. */
export interface TimeLine {
  readonly fromMs: number
  readonly toMs: number
  /** CPU of all containers, 0 to 1 of the most there was; null where none was known. */
  readonly load: readonly { readonly atMs: number; readonly share: number | null }[]
  /** Oldest first. */
  readonly marks: readonly Mark[]
}

const tones: Readonly<Record<EventKind, Mark['tone']>> = {
  start: 'faint',
  exit: 'faint',
  'container-started': 'plain',
  'throttling-ended': 'plain',
  'container-ended': 'amber',
  'container-restarted': 'amber',
  'throttling-began': 'amber',
  'process-limit-reached': 'red',
  'memory-limit-reached': 'red',
  'probable-oom': 'red',
  'oom-kill': 'red',
}

/** Comings and goings beyond these would hide what matters. */
const mostFaint = 200

/** @returns null while fewer than two moments are kept. */
export function timeLineOf({ takenAtMs, containers, events }: PodSeries): TimeLine | null {
  const fromMs = takenAtMs[0]
  const toMs = takenAtMs.at(-1)
  if (fromMs === undefined || toMs === undefined || toMs <= fromMs) return null
  const sums = takenAtMs.map((_, moment) => {
    const known = containers.map(({ cpuMillicores }) => cpuMillicores[moment] ?? null)
    const told = known.filter((value) => value !== null)
    return told.length === 0 ? null : told.reduce((sum, value) => sum + value, 0)
  })
  const most = sums.reduce<number>((top, sum) => Math.max(top, sum ?? 0), 1)
  return {
    fromMs,
    toMs,
    load: takenAtMs.map((atMs, moment) => {
      const sum = sums[moment] ?? null
      return { atMs, share: sum === null ? null : sum / most }
    }),
    marks: marksOf(events),
  }
}

function marksOf(events: readonly PodEvent[]): readonly Mark[] {
  const marks = events.map(({ atMs, kind, says }) => ({ atMs, tone: tones[kind], says }))
  const faint = marks.filter(({ tone }) => tone === 'faint').slice(-mostFaint)
  return marks.filter((mark) => mark.tone !== 'faint' || faint.includes(mark))
}

/** Where a moment stands, 0 to 1. */
export function placeOf(atMs: number, { fromMs, toMs }: TimeLine): number {
  return Math.min(1, Math.max(0, (atMs - fromMs) / (toMs - fromMs)))
}

/** The load as an SVG path down to the ground of a box; a gap in what is known is a gap. */
export function loadPath(
  line: TimeLine,
  { width, height }: { width: number; height: number },
): string {
  const round = (value: number): string => String(Math.round(value * 10) / 10)
  let path = ''
  let lastX = ''
  for (const { atMs, share } of line.load) {
    if (share === null) {
      if (lastX !== '') path += `L${lastX} ${height}Z`
      lastX = ''
      continue
    }
    const x = round(placeOf(atMs, line) * width)
    if (lastX === '') path += `M${x} ${height}`
    path += `L${x} ${round(height - share * (height - 2))}`
    lastX = x
  }
  return lastX === '' ? path : `${path}L${lastX} ${height}Z`
}
