import { expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { systemClock } from '#kit/clock.ts'
import { startChild } from '#test/fixtures/child.ts'
import { tableOf } from '#topz/model/table-of.ts'
import type { Sample } from '#topz/sample/sample.ts'
import { Sampler } from '#topz/sample/sampler.ts'

/** Nanoseconds on a CPU by the scheduler's own account, which no sample reads. */
function onCpuNs(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')[0])
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

const programs: readonly (readonly [what: string, script: string])[] = [
  ['that never stops', 'while :; do :; done'],
  [
    'that works half of the time',
    'while :; do i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done; read -t 0.03 x <> <(:); done',
  ],
]

for (const [what, script] of programs) {
  test(`the CPU of a process ${what} is what the kernel accounts to it, within 5 %`, async () => {
    const child = startChild(['bash', '-c', script])
    const sampler = new Sampler({ procRoot: '/proc', clock: systemClock })
    try {
      await Bun.sleep(200)
      // the process runs on while a sample is taken, so the account is asked on both sides of it
      const earliest = onCpuNs(child.pid)
      const previous = sampler.sample()
      const early = onCpuNs(child.pid)
      await Bun.sleep(1500)
      const late = onCpuNs(child.pid)
      const current = sampler.sample()
      const latest = onCpuNs(child.pid)
      expect(late - early).toBeGreaterThan(0)
      const shown = shownNs(child.pid, previous, current)
      expect(shown).toBeGreaterThan(0.95 * (late - early))
      expect(shown).toBeLessThan(1.05 * (latest - earliest))
    } finally {
      sampler.close()
      await child.stop('SIGKILL')
    }
  })
}
