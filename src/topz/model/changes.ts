import type { Sample, SampledProcess } from '#topz/sample/sample.ts'
import { isBorn, type Pairs } from './pairs.ts'

/** A process that started or ended between two samples. */
export interface Change {
  readonly kind: 'start' | 'exit'
  readonly process: SampledProcess
}

/**
 * Who started and who ended, in the order of PIDs. A zombie has ended when it became one: when it goes
 * nothing happens any more. One that is older than the sample before was not seen in it, and did not
 * start now. Nothing starts in a first sample.
 */
export function changesOf(
  previous: Sample | null,
  current: Sample,
  { before, gone }: Pairs,
): readonly Change[] {
  const changes: Change[] = []
  if (previous === null) return changes
  for (const process of gone) if (!hasEnded(process)) changes.push({ kind: 'exit', process })
  for (const [at, process] of current.processes.entries()) {
    const earlier = before[at] ?? null
    if (earlier === null) {
      if (!isBorn(process, previous)) continue
      changes.push({ kind: 'start', process })
      if (hasEnded(process)) changes.push({ kind: 'exit', process })
    } else if (hasEnded(process) && !hasEnded(earlier)) {
      // as it was: what it used is gone by now
      changes.push({ kind: 'exit', process: earlier })
    }
  }
  return changes
}

function hasEnded({ counters }: SampledProcess): boolean {
  return typeof counters !== 'string' && /^[ZXx]$/.test(counters.state)
}
