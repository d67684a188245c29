import { expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { systemClock } from '#kit/clock.ts'
import { startChild } from '#test/fixtures/child.ts'
import { until } from '#test/fixtures/until.ts'
import { noParts } from '#topz/sample/parts.ts'
import type { Counters, SampledProcess } from '#topz/sample/sample.ts'
import { Sampler } from '#topz/sample/sampler.ts'
import { FakeProc } from './topz-fake-proc.ts'

function samplerOf(procRoot: string, nowMs: () => number = () => systemClock.monotonicMs()) {
  const clock = { ...systemClock, monotonicMs: nowMs }
  const sampler = new Sampler({ procRoot, clock })
  const one = (pid: number): SampledProcess | undefined =>
    sampler.sample(noParts).processes.find((process) => process.pid === pid)
  return {
    sample: () => sampler.sample(noParts),
    countersOf(pid: number): Counters {
      const counters = one(pid)?.counters
      if (counters === undefined || typeof counters === 'string')
        throw new Error(`Cannot look at ${pid}: it is not there`)
      return counters
    },
    /** Takes samples until one that sleeps is not read anew. */
    settle(pid: number): void {
      for (let round = 0; round < 12; round++) one(pid)
    },
    [Symbol.dispose]: () => sampler.close(),
  }
}

function parentOf({ counters }: SampledProcess): number | null {
  return typeof counters === 'string' ? null : counters.parentPid
}

/** A process that has not run for long, whatever its stat says. */
function writeSleeper(proc: FakeProc): void {
  proc.process(7)
  proc.self(7)
  proc.write('7/schedstat', '1000 2000 3\n')
}

test('one that sleeps is not read each time, and what is taken from it is seen in the fifth sample', async () => {
  await using proc = new FakeProc()
  writeSleeper(proc)
  using sampler = samplerOf(proc.path)
  sampler.settle(7)
  let old = 0
  for (const rssPages of [1, 2, 3, 4]) {
    proc.process(7, { rssPages })
    const seen = Array.from({ length: 5 }, () => sampler.countersOf(7).rssBytes)
    expect(seen.at(-1)).toBe(rssPages * 4096)
    old += seen.filter((bytes) => bytes !== rssPages * 4096).length
    sampler.settle(7)
  }
  expect(old).toBeGreaterThan(0)
})

test('what is shown of one that sleeps is never older than five seconds', async () => {
  await using proc = new FakeProc()
  writeSleeper(proc)
  let nowMs = 1000
  using sampler = samplerOf(proc.path, () => nowMs)
  sampler.settle(7)
  for (const rssPages of [1, 2, 3, 4]) {
    proc.process(7, { rssPages })
    nowMs += 5000
    expect(sampler.countersOf(7).rssBytes).toBe(rssPages * 4096)
    sampler.settle(7)
  }
})

test('one that had a CPU is read anew in the next sample', async () => {
  await using proc = new FakeProc()
  writeSleeper(proc)
  using sampler = samplerOf(proc.path)
  for (const turn of [4, 5, 6, 7, 8, 9]) {
    sampler.settle(7)
    proc.process(7, { cpuTicks: turn })
    proc.write('7/schedstat', `1000 2000 ${turn}\n`)
    expect(sampler.countersOf(7).cpuSeconds).toBe(turn / 100)
  }
})

test('sleeping processes whose parents end have new parents in the second sample at the latest', async () => {
  // several: some would be read anew then anyway
  const shells = Array.from({ length: 8 }, () =>
    startChild(['sh', '-c', 'sleep 600 & echo $!; wait']),
  )
  const pids = await Promise.all(shells.map(async (one) => Number(await one.line(/^\d+$/))))
  using sampler = samplerOf('/proc')
  const parents = (): number[] => pids.map((pid) => sampler.countersOf(pid).parentPid)
  sampler.settle(pids[0] ?? 0)
  expect(parents()).toEqual(shells.map(({ pid }) => pid))
  await Promise.all(shells.map((one) => one.stop('SIGKILL')))
  try {
    sampler.sample()
    const { processes } = sampler.sample()
    const now = processes.filter(({ pid }) => pids.includes(pid)).map(parentOf)
    expect(now).toHaveLength(pids.length)
    for (const { pid } of shells) expect(now).not.toContain(pid)
  } finally {
    for (const pid of pids) process.kill(pid, 'SIGKILL')
  }
})

test('a sleeping process that is stopped is shown so at once', async () => {
  const child = startChild(['sleep', '600'])
  using sampler = samplerOf('/proc')
  for (let attempt = 0; attempt < 5; attempt++) {
    sampler.settle(child.pid)
    child.signal('SIGSTOP')
    await until(() => (/\) T /.test(readFileSync(`/proc/${child.pid}/stat`, 'utf8')) ? 1 : null))
    expect(sampler.countersOf(child.pid).state).toBe('T')
    child.signal('SIGCONT')
    await until(() => (/\) S /.test(readFileSync(`/proc/${child.pid}/stat`, 'utf8')) ? 1 : null))
  }
  await child.stop('SIGKILL')
})
