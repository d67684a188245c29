import type { Sample, SampledContainer, SampledProcess } from '#topz/sample/sample.ts'
import { atMs, containerOf, noConnections, processOf, sampleOf } from './samples-for-tests.ts'

/** A number from 0 to below 1, the same ones for the same seed. */
export type Random = () => number

/** A linear congruential generator modulo 2^32: good enough to shake a table with. */
export function randomOf(seed: number): Random {
  let state = (seed * 2_654_435_761) >>> 0
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

type Counter = number | 'another-user' | 'not-offered'

interface Living {
  readonly pid: number
  readonly container: string
  readonly name: string
  readonly parentPid: number
  readonly startSeconds: number
  zombie: boolean
  cpuSeconds: number
  waitSeconds: Counter
  diskBytes: Counter
}

interface Running {
  readonly key: string
  readonly name: string | null
  counted: number
  throttled: number
}

const names = ['sh', 'node', 'nginx', 'nginx: worker', ') R 1 (', '']

/**
 * Samples of a pod in which everything happens, a second or some apart: forks, ends, zombies, PIDs
 * taken again, containers that go and come again, counters that hide, show and run back. What starts
 * has started after the sample before.
 */
export function* randomPod(
  random: Random,
  { samples }: { readonly samples: number },
): Generator<Sample> {
  const upTo = (most: number): number => Math.floor(random() * most)
  const one = <Thing>(things: readonly Thing[]): Thing | undefined => things[upTo(things.length)]
  let processes: Living[] = []
  let containers: Running[] = []
  let nowMs = 0
  let lastMs = -1000
  let keys = 0
  const born = (): number => 500 + (lastMs + 10 + upTo(nowMs - lastMs - 10)) / 1000
  for (let count = 0; count < samples; count++) {
    for (const process of processes) {
      if (random() < 0.05) process.zombie = true
      process.cpuSeconds = random() < 0.02 ? 0 : process.cpuSeconds + upTo(100) / 100
      process.waitSeconds = grown(process.waitSeconds, random)
      process.diskBytes = grown(process.diskBytes, random)
    }
    processes = processes.filter(() => random() > 0.1)
    if (random() < 0.3) containers = containers.filter(() => random() > 0.3)
    if (containers.length < 6 && random() < 0.7) {
      containers.push({
        key: `id${keys++}`,
        name: one(['app', 'web', 'db', null]) ?? null,
        counted: 0,
        throttled: 0,
      })
    }
    const taken = new Set(processes.map(({ pid }) => pid))
    for (let forks = upTo(random() < 0.1 ? 300 : 12); forks > 0; forks--) {
      const pid = 1 + upTo(400)
      const container = one(containers)?.key
      if (taken.has(pid) || container === undefined) continue
      taken.add(pid)
      processes.push({
        pid,
        container,
        name: one(names) ?? '',
        parentPid: upTo(400),
        startSeconds: born(),
        zombie: random() < 0.1,
        cpuSeconds: random(),
        waitSeconds: grown(0, random),
        diskBytes: grown(0, random),
      })
    }
    processes = processes.filter(({ container }) => containers.some(({ key }) => key === container))
    const inUse = containers.filter(({ key }) =>
      processes.some(({ container }) => container === key),
    )
    yield sampleOf({
      ...atMs(nowMs),
      ownPid: processes[0]?.pid ?? null,
      processes: processes
        .toSorted((a, b) => a.pid - b.pid)
        .map((process) => sampledOf(process, { nowMs, random })),
      containers: inUse.map((container) => figuresOf(container, { nowMs, random })),
      network: networkOf(nowMs, random),
    })
    containers = inUse
    lastMs = nowMs
    nowMs += 500 + upTo(3000)
  }
}

interface Now {
  readonly nowMs: number
  readonly random: Random
}

function grown(counter: Counter, random: Random): Counter {
  const chance = random()
  if (chance < 0.05) return 'another-user'
  if (chance < 0.1) return 0
  return typeof counter === 'number' ? counter + random() : 'not-offered'
}

function sampledOf(process: Living, { nowMs, random }: Now): SampledProcess {
  const { pid, container, name, parentPid, startSeconds, cpuSeconds } = process
  const sampled = processOf(pid, {
    counters: {
      state: process.zombie ? 'Z' : 'S',
      parentPid,
      startSeconds,
      cpuSeconds,
      rssBytes: Math.floor(random() * 1000),
    },
    facts: { container, name, uid: random() < 0.05 ? 'ended' : 33 },
    readAtMs: 1000 + nowMs + random() * 20,
    openFiles: random() < 0.1 ? 'another-user' : 7,
    waitSeconds: process.waitSeconds,
    diskReadBytes: process.diskBytes,
    diskWrittenBytes: process.diskBytes,
  })
  return sampled
}

function figuresOf(container: Running, { nowMs, random }: Now): SampledContainer {
  container.counted = random() < 0.02 ? 0 : container.counted + random()
  const { key, name, counted } = container
  // for half a minute, then not for another
  if (nowMs % 60_000 < 30_000) container.throttled += random()
  const shown: Counter = random() < 0.1 ? 'another-user' : counted
  const limited = random() < 0.9
  return containerOf(key, {
    name,
    own: key === 'id0',
    readAtMs: 1021 + nowMs,
    figures: {
      cpuSeconds: shown,
      cpuLimitMillicores: limited ? 500 : 'no-limit',
      cpuPeriods: counted * 10,
      throttledPeriods: container.throttled,
      memoryBytes: random() < 0.1 ? 'not-offered' : 900 * random(),
      memoryLimitBytes: limited ? 1000 : 'no-limit',
      memoryLimitHits: Math.floor(counted),
      oomKills: Math.floor(counted / 3),
      pids: Math.floor(random() * 102),
      pidsLimit: 100,
      cpuPressureSeconds: shown,
      memoryPressureSeconds: counted * 2,
      ioPressureSeconds: random() < 0.5 ? 'switched-off' : counted,
      diskReadBytes: counted * 1000,
      diskWrittenBytes: shown,
    },
  })
}

function networkOf(nowMs: number, random: Random): Sample['network'] {
  if (random() < 0.1) return null
  return {
    readAtMs: 1000 + nowMs,
    receivedBytes: random() < 0.1 ? 'not-offered' : nowMs * random(),
    sentBytes: nowMs,
    tcp: noConnections(random() < 0.5 ? 'not-offered' : 3),
  }
}
