import { describe, expect, test } from 'bun:test'
import { systemClock } from '#kit/clock.ts'
import { startSidecar } from '#test/fixtures/sidecar.ts'
import { mayBeStuck, startStuckProcess } from '#test/fixtures/stuck-process.ts'
import { until } from '#test/fixtures/until.ts'
import type { ProcessDetails } from '#topz/model/process-details.ts'
import type { Table } from '#topz/model/table.ts'
import { Sampler } from '#topz/sample/sampler.ts'

describe.if(mayBeStuck())('beside a process whose memory map is locked for ever', () => {
  test('a sample has it by its name, and the arguments of all others', async () => {
    await using stuck = await startStuckProcess()
    const sampler = new Sampler({ procRoot: '/proc', clock: systemClock })
    try {
      for (let round = 0; round < 3; round++) {
        const { processes } = await sampler.take()
        const facts = processes.find(({ pid }) => pid === stuck.pid)?.facts
        expect(facts).toMatchObject({ name: 'perl', args: [], argsMissing: 'not-answered' })
        const own = processes.find(({ pid }) => pid === process.pid)?.facts
        expect(own?.argsMissing).toBeNull()
      }
    } finally {
      sampler.close()
    }
  })

  test('topz answers, tells what it can, and stops', async () => {
    await using stuck = await startStuckProcess()
    const topz = startSidecar(['topz', '--addr=127.0.0.1:0', '--environment'])
    const url = `http://${(await topz.line('Serving on ')).replace('Serving on ', '')}`
    const rowOf = async (pid: number) => {
      const { processes } = (await (await fetch(`${url}/topz.json`)).json()) as Table
      return processes.find((row) => row.pid === pid)
    }
    const row = await until(() => rowOf(stuck.pid))
    expect(row).toMatchObject({ name: 'perl', command: '[perl]', state: 'disk-wait' })
    const details = fetch(`${url}/topz/process.json?key=${row?.key}`)
    expect((await fetch(`${url}/healthz`)).status).toBe(200)
    expect((await (await details).json()) as ProcessDetails).toMatchObject({
      memory: null,
      environment: null,
      threads: [{ name: 'perl', state: 'disk-wait' }],
      unknown: { memory: 'not-answered', environment: 'not-answered' },
    })
    expect((await rowOf(topz.pid))?.command).toContain('--environment')
    // a read of that map still hangs
    topz.signal('SIGTERM')
    const code = await Promise.race([topz.exited, Bun.sleep(2000).then(() => 'still there')])
    await topz.stop('SIGKILL')
    expect(code).toBe(128 + 15)
  }, 30_000)
})
