import { madeUpPod, madeUpProcess } from '#topz/model/made-up-pod.ts'
import type { Process, Table } from '#topz/model/table.ts'

/** Numbers from 0 to 1 that are the same in each run. */
export function dice(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

/** When the first of `tables` is taken. */
export const beganAtMs = 1_750_000_000_000

export interface LivelyOptions {
  readonly processes: number
  /** Of 1, how many of them do anything from one moment to the next. */
  readonly busy?: number
  /** Of 1, how many end and are followed by another one. */
  readonly ending?: number
  readonly seed?: number
}

/** A pod whose figures go up and down: a table for each second. */
export function* livelyTables(options: LivelyOptions): Generator<Table, never> {
  const { processes: count, busy = 0.1, ending = 0.01, seed = 1 } = options
  const roll = dice(seed)
  const upTo = (most: number): number => most * roll() ** 4
  let nextPid = 100
  const born = (): Process => {
    const pid = nextPid++
    return madeUpProcess(pid, {
      key: `${pid}.${Math.floor(roll() * 1e6)}`,
      command: `/usr/bin/program --config=/etc/program/${pid}.conf`,
      rssBytes: 4096 * Math.floor(upTo(1e6)),
      ageSeconds: upTo(1e6),
    })
  }
  let processes = Array.from({ length: count }, born)
  for (let second = 0; ; second++) {
    processes = processes.map((process) => {
      if (roll() < ending) return born()
      const older = { ...process, ageSeconds: (process.ageSeconds ?? 0) + 1 + (roll() - 0.5) / 50 }
      if (roll() >= busy) return { ...older, cpuMillicores: 0, cpuOfLimit: 0, cpuWaitMillicores: 0 }
      const cpuMillicores = upTo(4000)
      return {
        ...older,
        state: roll() < 0.5 ? 'running' : 'sleeping',
        cpuMillicores,
        cpuOfLimit: cpuMillicores / 1500,
        cpuWaitMillicores: upTo(50),
        cpuSeconds: (process.cpuSeconds ?? 0) + cpuMillicores / 1000,
        rssBytes: 4096 * Math.floor(upTo(1e6)),
        openFiles: roll() < 0.1 ? Math.floor(upTo(5000)) : process.openFiles,
        diskReadBytesPerSecond: roll() < 0.1 ? upTo(1e9) : 0,
      }
    })
    yield {
      ...madeUpPod,
      takenAtMs: beganAtMs + second * 1000,
      intervalMs: 1000 + Math.floor(roll() * 10),
      processes: processes.toSorted((a, b) => a.pid - b.pid),
      containers: madeUpPod.containers.map((container) => ({
        ...container,
        cpuMillicores: upTo(4000),
        memoryBytes: upTo(2 ** 34),
        throttled: roll() < 0.5 ? 0 : roll(),
      })),
    }
  }
}
