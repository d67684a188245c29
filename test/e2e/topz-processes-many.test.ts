import { expect, test } from 'bun:test'
import { readdirSync } from 'node:fs'
import { systemClock } from '#kit/clock.ts'
import { startChild } from '#test/fixtures/child.ts'
import { until } from '#test/fixtures/until.ts'
import type { SampledProcess } from '#topz/sample/sample.ts'
import { Sampler } from '#topz/sample/sampler.ts'

const procRoot = '/proc'

test('20,000 processes that come and go leave no descriptor behind and fail no sample', async () => {
  const sampler = new Sampler({ procRoot, clock: systemClock })
  await sampler.take()
  const own = await sampler.take()
  const others = readdirSync('/proc/self/fd').length - 3 * own.processes.length
  const forks =
    'for i in {1..400}; do for j in {1..50}; do sleep 0.02 & done; wait; done; echo done'
  const load = startChild(['bash', '-c', forks])
  try {
    let seen = 0
    const end = load.line('done', { timeoutMs: 110_000 })
    while (load.stdout.length === 0 && load.running) {
      const { processes } = await sampler.take()
      seen += processes.filter(({ counters }) => childOf(counters, load.pid)).length
      expect(processes.filter(({ key }) => key.startsWith(`${process.pid}.`))).toHaveLength(1)
      await Bun.sleep(5)
    }
    await end
    expect(seen).toBeGreaterThan(100)
    const { processes } = await sampler.take()
    // three files of each are kept: a leak of any of 20,000 would be far more
    const now = readdirSync('/proc/self/fd').length - 3 * processes.length
    expect(now - others).toBeLessThan(200)
  } finally {
    await load.stop('SIGKILL')
    sampler.close()
  }
}, 120_000)

test('2,000 zombies are read like any other process, with the name they had', async () => {
  const parent = startChild([
    'bash',
    '-c',
    'for i in {1..2000}; do sleep 600 & done; exec sleep 601',
  ])
  const sampler = new Sampler({ procRoot, clock: systemClock })
  const children = async (): Promise<readonly SampledProcess[]> =>
    (await sampler.take()).processes.filter(({ counters }) => childOf(counters, parent.pid))
  let alive: readonly SampledProcess[] = []
  try {
    // its last act before it becomes a program that never asks for its children
    alive = await until(
      async () => {
        const found = await children()
        const ready = found.filter(({ facts }) => facts.args[1] === '600')
        const { processes } = sampler.sample()
        const it = processes.find(({ pid }) => pid === parent.pid)
        return ready.length === 2000 && it?.facts.name === 'sleep' ? found : null
      },
      { timeoutMs: 60_000, everyMs: 200 },
    )
    for (const { pid } of alive) process.kill(pid, 'SIGKILL')
    const zombies = await until(async () => {
      const found = await children()
      return found.every(({ counters }) => stateOf(counters) === 'Z') ? found : null
    })
    expect(zombies).toHaveLength(2000)
    for (const { counters, facts } of zombies) {
      expect(counters).toMatchObject({ rssBytes: 0, threads: 1 })
      expect(facts.name).toBe('sleep')
      expect(facts.args).toEqual(['sleep', '600'])
    }
  } finally {
    sampler.close()
    for (const { pid } of alive) {
      try {
        process.kill(pid, 'SIGKILL')
      } catch {
        // ended
      }
    }
    await parent.stop('SIGKILL')
  }
}, 120_000)

function childOf(counters: SampledProcess['counters'], parent: number): boolean {
  return typeof counters !== 'string' && counters.parentPid === parent
}

function stateOf(counters: SampledProcess['counters']): string {
  return typeof counters === 'string' ? counters : counters.state
}
