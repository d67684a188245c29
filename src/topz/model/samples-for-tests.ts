import { noFigures } from '#topz/cgroupfs/figures.ts'
import type {
  Counters,
  Facts,
  Sample,
  SampledContainer,
  SampledNetwork,
  SampledProcess,
} from '#topz/sample/sample.ts'

import { type Moment, momentOf } from './table-of.ts'

type Figure = SampledNetwork['sentBytes']

type Figures = SampledContainer['figures']

/** Tables one after the other, each with what the one before left. */
export function momentsOf(samples: readonly Sample[]): readonly Moment[] {
  const moments: Moment[] = []
  let previous: Sample | null = null
  for (const current of samples) {
    const before = moments.at(-1)
    moments.push(
      momentOf({
        previous,
        current,
        ...(before === undefined ? {} : { standing: before.standing }),
      }),
    )
    previous = current
  }
  return moments
}

/** What a sample tells of its time, so many milliseconds after that of `sampleOf`. */
export function atMs(
  ms: number,
): Pick<Sample, 'takenAtMs' | 'monotonicMs'> & { readonly uptimeSeconds: number } {
  return {
    takenAtMs: 1_700_000_000_000 + ms,
    monotonicMs: 1000 + ms,
    uptimeSeconds: 500 + ms / 1000,
  }
}

/** A sample made by hand, for the tests of this room. */
export function sampleOf(parts: Partial<Sample> = {}): Sample {
  const processes = parts.processes ?? []
  return {
    takenAtMs: 1_700_000_000_000,
    monotonicMs: 1000,
    uptimeSeconds: 500,
    tookMs: 1,
    hostMemoryBytes: 1000,
    ownPid: null,
    podUid: null,
    users: new Map([[0, 'root']]),
    network: null,
    ended: [],
    containers: [...new Set(processes.map((process) => process.facts.container))].map((key) =>
      containerOf(key),
    ),
    ...parts,
    processes,
  }
}

export function processOf(
  pid: number,
  parts: {
    readonly counters?: Partial<Counters>
    readonly facts?: Partial<Facts>
    readonly readAtMs?: number
  } & Partial<
    Pick<SampledProcess, 'openFiles' | 'waitSeconds' | 'diskReadBytes' | 'diskWrittenBytes'>
  > = {},
): SampledProcess {
  const counters: Counters = {
    state: 'S',
    parentPid: 0,
    threads: 1,
    cpuSeconds: 0,
    childCpuSeconds: 0,
    startSeconds: 1,
    rssBytes: 100,
    ...parts.counters,
  }
  const facts = {
    name: 'app',
    args: ['app'],
    argsMissing: null,
    argsCut: false,
    uid: 0,
    openFilesLimit: 1024,
    container: 'a',
    ...parts.facts,
  }
  return {
    key: `${pid}.${counters.startSeconds * 100}`,
    pid,
    readAtMs: parts.readAtMs ?? 1000,
    counters,
    openFiles: parts.openFiles ?? 3,
    waitSeconds: parts.waitSeconds ?? 0,
    diskReadBytes: parts.diskReadBytes ?? 0,
    diskWrittenBytes: parts.diskWrittenBytes ?? 0,
    facts,
  }
}

export function containerOf(
  key: string,
  parts: Partial<Omit<SampledContainer, 'figures'>> & { readonly figures?: Partial<Figures> } = {},
): SampledContainer {
  return {
    key,
    name: null,
    own: false,
    readAtMs: 1000,
    users: null,
    limitsFrom: 'cgroup',
    ...parts,
    figures: {
      ...noFigures('not-offered'),
      ...parts.figures,
    },
  }
}

/** The same for every state of a connection. */
export function noConnections(each: Figure): SampledNetwork['tcp'] {
  return {
    established: each,
    'syn-sent': each,
    'syn-received': each,
    'fin-wait-1': each,
    'fin-wait-2': each,
    'time-wait': each,
    closed: each,
    'close-wait': each,
    'last-ack': each,
    listening: each,
    closing: each,
  }
}
