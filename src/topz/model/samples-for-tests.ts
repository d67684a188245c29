import { noFigures } from '#topz/cgroupfs/figures.ts'
import type {
  Counters,
  Facts,
  Sample,
  SampledContainer,
  SampledProcess,
} from '#topz/sample/sample.ts'

type Figures = SampledContainer['figures']

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
  } = {},
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
    openFiles: 3,
    waitSeconds: 0,
    diskReadBytes: 0,
    diskWrittenBytes: 0,
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
