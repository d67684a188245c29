import type { Sample, SampledProcess } from '#topz/sample/sample.ts'

/** Who is who in two samples. */
export interface Pairs {
  /** Beside each process of the newer sample: itself in the older one. */
  readonly before: readonly (SampledProcess | null)[]
  /** Those that the newer sample has no more. */
  readonly gone: readonly SampledProcess[]
}

/** Both samples are by PID ascending: one walk through both needs no table. On the hot path. */
export function pairsOf(previous: Sample | null, current: Sample): Pairs {
  const older = previous?.processes ?? []
  const before: (SampledProcess | null)[] = []
  const gone: SampledProcess[] = []
  let at = 0
  for (const process of current.processes) {
    let same: SampledProcess | null = null
    for (let old = older[at]; old !== undefined && old.pid <= process.pid; old = older[++at]) {
      if (old.key === process.key) same = old
      else gone.push(old)
    }
    before.push(same)
  }
  for (; at < older.length; at++) {
    const old = older[at]
    if (old !== undefined) gone.push(old)
  }
  return { before, gone }
}

/** The kernel tells uptime and start in hundredths of a second. */
const tickSeconds = 0.01

/** Whether it started after the older sample, rather than not having been seen in it. */
export function isBorn({ counters }: SampledProcess, previous: Sample | null): boolean {
  const since = previous?.uptimeSeconds ?? null
  if (since === null || typeof counters === 'string') return false
  return counters.startSeconds >= since - tickSeconds
}
