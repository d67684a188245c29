import { reasonOf } from '#kit/log.ts'
import { missing } from '#test/fixtures/needs.ts'
import type { Medians } from './budget.ts'
import type { Bench, Figures, Row, Subject, Who } from './subject.ts'

export interface Measured {
  readonly row: Row
  /** A figure for each run that gave one. */
  readonly figures: Readonly<Record<Who, readonly number[]>>
  /** Of them. */
  readonly medians: Medians
}

export interface RunOptions {
  readonly runs: number
  readonly bench: Bench
  readonly stop: AbortSignal
  readonly say: (line: string) => void
  /** Told of what could not be measured although everything for it is there. */
  readonly failed: (what: string, reason: string) => void
}

/**
 * Measures a subject: everybody once a run, in turn, so that noise hits all alike.
 * @throws When it is stopped.
 */
export async function measure(subject: Subject, options: RunOptions): Promise<readonly Measured[]> {
  const figures: Record<Who, Figures[]> = { ours: [], beside: [], peer: [] }
  options.stop.throwIfAborted()
  const lacking = missing(...subject.needs)
  if (lacking.length > 0)
    options.say(`${subject.name}: not measured, ${lacking.join(', ')} missing`)
  else {
    try {
      await fill(figures, subject, options)
    } catch (error) {
      options.stop.throwIfAborted()
      options.failed(subject.name, reasonOf(error))
    }
  }
  return Object.entries(subject.rows).map(([key, row]) => measuredOf(row, { key, figures }))
}

async function fill(
  figures: Readonly<Record<Who, Figures[]>>,
  subject: Subject,
  { runs, bench, stop, say, failed }: RunOptions,
): Promise<void> {
  say(`${subject.name}: setting up`)
  await using contest = await subject.open(bench)
  const out = new Set<Who>()
  for (let run = 0; run < runs; run++) {
    for (const who of turns(run)) {
      stop.throwIfAborted()
      const act = contest.measure[who]
      if (act === null || out.has(who)) continue
      say(`${subject.name}: run ${run + 1} of ${runs}, ${who}`)
      try {
        figures[who].push(await act())
      } catch (error) {
        // what was ended with all of it has not failed
        stop.throwIfAborted()
        out.add(who)
        failed(`${subject.name}, ${who}`, reasonOf(error))
      }
    }
  }
}

/** Nobody always comes first, when the machine is warm or cold. */
function turns(run: number): readonly Who[] {
  const all: readonly Who[] = ['ours', 'beside', 'peer']
  const first = run % all.length
  return [...all.slice(first), ...all.slice(0, first)]
}

function measuredOf(
  row: Row,
  { key, figures }: { readonly key: string; readonly figures: Record<Who, readonly Figures[]> },
): Measured {
  const of = (who: Who): readonly number[] =>
    figures[who].map((figure) => figure[key] ?? null).filter((value) => value !== null)
  const all = { ours: of('ours'), beside: of('beside'), peer: of('peer') }
  const medians = {
    ours: median(all.ours),
    beside: median(all.beside),
    peer: median(all.peer),
  }
  return { row, figures: all, medians }
}

/** The one in the middle, the mean of two; null of none. */
export function median(values: readonly number[]): number | null {
  if (values.length === 0) return null
  const sorted = values.toSorted((a, b) => a - b)
  const half = sorted.length / 2
  const middle = sorted.slice(Math.ceil(half) - 1, Math.floor(half) + 1)
  return middle.reduce((sum, value) => sum + value, 0) / middle.length
}
