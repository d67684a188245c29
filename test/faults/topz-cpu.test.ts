import { expect, test } from 'bun:test'
import { readdirSync, readFileSync } from 'node:fs'
import { systemClock } from '#kit/clock.ts'
import { startChild } from '#test/fixtures/child.ts'
import { until } from '#test/fixtures/until.ts'
import { tableOf } from '#topz/model/table-of.ts'
import type { Sample } from '#topz/sample/sample.ts'
import { Sampler } from '#topz/sample/sampler.ts'

/** On a CPU by the scheduler's own account of each thread, which no sample reads. */
function onCpuNs(pid: number): number {
  let ns = 0
  for (const tid of readdirSync(`/proc/${pid}/task`)) {
    ns += Number(readFileSync(`/proc/${pid}/task/${tid}/schedstat`, 'utf8').split(' ')[0])
  }
  return ns
}

/** CPU by the table times the time between the process's two reads, in nanoseconds. */
function shownNs(pid: number, previous: Sample, current: Sample): number {
  const millicores = tableOf({ previous, current }).processes.find(
    (row) => row.pid === pid,
  )?.cpuMillicores
  const readAt = (sample: Sample): number =>
    sample.processes.find((process) => process.pid === pid)?.readAtMs ?? Number.NaN
  return (millicores ?? Number.NaN) * (readAt(current) - readAt(previous)) * 1000
}

/** So much that the two clock ticks of 10 ms, by which the ends may be wrong, are below 1 %. */
const enoughNs = 2.5e9

const programs: readonly (readonly [what: string, command: readonly string[]])[] = [
  ['with one thread that never stops', ['perl', '-e', '1 while 1']],
  [
    'with two threads that never stop',
    ['perl', '-Mthreads', '-e', 'async { 1 while 1 }; 1 while 1'],
  ],
  [
    'that spends its time in the kernel',
    ['dd', 'if=/dev/zero', 'of=/dev/null', 'bs=4M', 'status=none'],
  ],
  [
    'that works half of the time',
    ['perl', '-e', 'while (1) { $i++ for 1 .. 500_000; select undef, undef, undef, 0.02 }'],
  ],
]

for (const [what, command] of programs) {
  test(`the CPU of a process ${what} is what the kernel accounts to it, within 3 %`, async () => {
    const child = startChild(command)
    const sampler = new Sampler({ procRoot: '/proc', clock: systemClock })
    try {
      await until(() => onCpuNs(child.pid) > 1e8 || null, { timeoutMs: 30_000 })
      // the process runs on while a sample is taken, so the account is asked on both sides of it
      const earliest = onCpuNs(child.pid)
      const previous = sampler.sample()
      const early = onCpuNs(child.pid)
      await until(() => onCpuNs(child.pid) - early > enoughNs || null, { timeoutMs: 60_000 })
      const late = onCpuNs(child.pid)
      const current = sampler.sample()
      const latest = onCpuNs(child.pid)
      const shown = shownNs(child.pid, previous, current)
      expect(shown).toBeGreaterThan(0.97 * (late - early))
      expect(shown).toBeLessThan(1.03 * (latest - earliest))
    } finally {
      sampler.close()
      await child.stop('SIGKILL')
    }
  }, 100_000)
}
