import { expect, test } from 'bun:test'
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { systemClock } from '#kit/clock.ts'
import { startChild } from '#test/fixtures/child.ts'
import { until } from '#test/fixtures/until.ts'
import { tableOf } from '#topz/model/table-of.ts'
import type { Sample } from '#topz/sample/sample.ts'
import { Sampler } from '#topz/sample/sampler.ts'

/** About 300 that live for some seconds, 50 of them new each second, and the short sleeps between. */
const churn =
  'for i in $(seq 300); do sleep $((i % 6)).$((i % 10)) & done; echo up; ' +
  'while :; do sleep 6 & sleep 0.02; done'

/** Three new ones every few milliseconds: most end while they are looked at. */
const flicker = 'while :; do (:) & (:) & (:) & wait; sleep 0.005; done'

/** Descriptors that this program holds on stat files of processes. */
function heldOnProcesses(): number {
  let held = 0
  for (const fd of readdirSync('/proc/self/fd')) {
    try {
      if (/^\/proc\/\d+\/stat$/.test(readlinkSync(`/proc/self/fd/${fd}`))) held++
    } catch {
      // the one that the listing itself had
    }
  }
  return held
}

test('beside processes that come and go no sample fails and no live process is missing', async () => {
  const sampler = new Sampler({ procRoot: '/proc', clock: systemClock })
  const lasting = Array.from({ length: 20 }, () => startChild(['sleep', '600']))
  const noise = [startChild(['bash', '-c', churn]), startChild(['bash', '-c', flicker])]
  try {
    await noise[0]?.line('up')
    for (const child of lasting) {
      await until(() =>
        readFileSync(`/proc/${child.pid}/comm`, 'utf8') === 'sleep\n' ? true : null,
      )
    }
    const wanted = lasting.map((child) => child.pid)
    const keys = new Set<string>()
    const seen = new Set<string>()
    const parents = new Set([process.pid, ...noise.map((child) => child.pid)])
    const homes = new Set<string>()
    let previous: Sample | null = null
    for (let round = 0; round < 1000; round++) {
      const current = sampler.sample()
      const table = tableOf({ previous, current })
      const rows = new Map(table.processes.map((row) => [row.pid, row]))
      expect(rows.size).toBe(table.processes.length)
      for (const pid of wanted) keys.add(rows.get(pid)?.key ?? `${pid} is missing`)
      for (const { key, parentPid, container } of table.processes) {
        seen.add(key)
        if (parents.has(parentPid)) homes.add(container)
      }
      previous = current
      if (round % 10 === 0) await Bun.sleep(1)
    }
    expect([...keys].map((key) => Number(key.split('.')[0]))).toEqual(wanted)
    // also those that ended before it could be read where they belong
    expect([...homes]).toHaveLength(1)
    expect(seen.size).toBeGreaterThan(600)
  } finally {
    await Promise.all([...lasting, ...noise].map((child) => child.stop('SIGKILL')))
  }
  const { processes } = sampler.sample()
  expect(heldOnProcesses()).toBe(processes.length)
  sampler.close()
  expect(heldOnProcesses()).toBe(0)
}, 120_000)
