import { afterAll, expect, test } from 'bun:test'
import { readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs'
import { systemClock } from '#kit/clock.ts'
import type { Child } from '#test/fixtures/child.ts'
import { startChild } from '#test/fixtures/child.ts'
import { needs } from '#test/fixtures/needs.ts'
import { until } from '#test/fixtures/until.ts'
import type { Process, Table } from '#topz/model/table.ts'
import { tableOf } from '#topz/model/table-of.ts'
import type { SampledProcess } from '#topz/sample/sample.ts'
import { Sampler } from '#topz/sample/sampler.ts'

const sampler = new Sampler({ procRoot: '/proc', clock: systemClock })
afterAll(() => sampler.close())

function sampled(pid: number): SampledProcess | undefined {
  return sampler.sample().processes.find((process) => process.pid === pid)
}

async function rowOf(pid: number): Promise<Process | undefined> {
  const table = tableOf({ previous: null, current: await sampler.take() })
  return table.processes.find((process) => process.pid === pid)
}

/** A shell that takes this name and waits; what it waits with ends soon after it. */
function named(name: string): Child {
  return startChild([
    'sh',
    '-c',
    'printf %s "$0" > /proc/$$/comm; echo named; while :; do sleep 0.2; done',
    name,
  ])
}

for (const name of [
  'a b',
  'a) R 1 (',
  ') S 7',
  'two\nlines',
  '((',
  '\u001b[31mred',
  '\u202ebidi',
]) {
  test(`a process that calls itself ${JSON.stringify(name)} is read like any other`, async () => {
    const child = named(name)
    await child.line('named')
    expect(await rowOf(child.pid)).toMatchObject({
      name,
      parentPid: process.pid,
      threads: 1,
    })
    await child.stop('SIGKILL')
  })
}

test('a process that changes its name gets its new name in the next sample', async () => {
  const command =
    'read go < "$1"; printf new > /proc/$$/comm; echo named; while :; do sleep 0.2; done'
  const pipe = `/tmp/sidecars-rename-${process.pid}`
  Bun.spawnSync(['mkfifo', pipe])
  const child = startChild(['sh', '-c', command, 'sh', pipe])
  try {
    await until(async () => ((await rowOf(child.pid))?.name === 'sh' ? true : null))
    await rowOf(child.pid)
    writeFileSync(pipe, 'go\n')
    await child.line('named')
    expect((await rowOf(child.pid))?.name).toBe('new')
  } finally {
    await child.stop('SIGKILL')
    Bun.spawnSync(['rm', '-f', pipe])
  }
})

test('zombies are shown, with what they used', async () => {
  // the program that takes the shell's place never asks for its child
  const parent = startChild(['sh', '-c', 'sh -c "exit 3" & exec sleep 600'])
  const zombie = await until(() => {
    const { processes } = tableOf({ previous: null, current: sampler.sample() })
    return processes.find((row) => row.parentPid === parent.pid && row.state === 'zombie') ?? null
  })
  expect(zombie.rssBytes).toBe(0)
  expect(zombie.cpuSeconds).not.toBeNull()
  expect(zombie.command).not.toBe('')
  await parent.stop('SIGKILL')
})

test('arguments of any length and any bytes are bounded and masked', async () => {
  const long = 'x'.repeat(100_000)
  const child = startChild([
    'sh',
    '-c',
    'echo up; while :; do sleep 0.2; done',
    '\u001b]0;title\u0007',
    '--password',
    'hunter2',
    long,
  ])
  await child.line('up')
  const row = await rowOf(child.pid)
  expect(row?.command).toStartWith(
    'sh -c echo up; while :; do sleep 0.2; done \u001b]0;title\u0007 --password *** x',
  )
  expect(row?.command).toEndWith('x…')
  expect(row?.command.length).toBeLessThan(4200)
  await child.stop('SIGKILL')
})

test('a descriptor that is kept ends with its process', async () => {
  const child = startChild(['sleep', '600'])
  expect(sampled(child.pid)).toBeDefined()
  const heldOn = (): readonly string[] =>
    readdirSync('/proc/self/fd').filter((fd) => linkOf(fd) === `/proc/${child.pid}/stat`)
  expect(heldOn()).toHaveLength(1)
  await child.stop('SIGKILL')
  expect(sampled(child.pid)).toBeUndefined()
  expect(heldOn()).toHaveLength(0)
})

const { test: testAsRoot } = needs('root')

const lastPid = '/proc/sys/kernel/ns_last_pid'

/** Root inside a container may be denied it. */
function mayChoosePids(): boolean {
  try {
    writeFileSync(lastPid, readFileSync(lastPid))
    return true
  } catch {
    return false
  }
}

test.if(mayChoosePids())(
  'a PID taken again is another process, whatever was kept of the first',
  async () => {
    let before: SampledProcess | undefined
    let after: SampledProcess | undefined
    let pid = 0
    // others may start programs at the same time, so the PID is not ours at once
    for (let attempt = 0; attempt < 200 && after === undefined; attempt++) {
      const first = startChild(['sleep', '600'])
      await until(() => (sampled(first.pid)?.facts.name === 'sleep' ? true : null))
      before = sampled(first.pid)
      pid = first.pid
      await first.stop('SIGKILL')
      writeFileSync(lastPid, `${pid - 1}`)
      const second = startChild(['tail', '-f', '/dev/null'])
      if (second.pid === pid) {
        // the kernel tells the new name a moment before the new arguments
        await until(() => readFileSync(`/proc/${pid}/cmdline`, 'utf8').startsWith('tail') || null)
        after = (await sampler.take()).processes.find((process) => process.pid === pid)
      }
      await second.stop('SIGKILL')
    }
    expect(after?.pid).toBe(pid)
    expect(after?.key).not.toBe(before?.key ?? '')
    expect(after?.facts).toMatchObject({ name: 'tail', args: ['tail', '-f', '/dev/null'] })
  },
)

testAsRoot('what another user may not see is a reason, and all the rest is there', async () => {
  const child = startChild(['sleep', '600'])
  await until(async () => ((await rowOf(child.pid))?.name === 'sleep' ? true : null))
  const asOther = new Sampler({ procRoot: '/proc', clock: systemClock })
  try {
    // one sample is one synchronous call, so nothing else in this process runs as the other user
    const look = (): Table => {
      process.seteuid?.(65534)
      try {
        return tableOf({ previous: null, current: asOther.sample() })
      } finally {
        process.seteuid?.(0)
      }
    }
    const { table, row } = await until(() => {
      const table = look()
      const row = table.processes.find(({ pid }) => pid === child.pid)
      return row?.command === 'sleep 600' ? { table, row } : null
    })
    expect(row).toMatchObject({ name: 'sleep', command: 'sleep 600', user: 'root', threads: 1 })
    expect(row?.rssBytes).toBeGreaterThan(0)
    expect(row?.openFiles).toBeGreaterThanOrEqual(3)
    expect(row.cpuWaitSeconds).not.toBeNull()
    expect(row.unknown).toMatchObject({
      diskReadBytes: 'another-user',
      diskWrittenBytes: 'another-user',
    })
    const live = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
    const rows = new Set(table.processes.map(({ pid }) => `${pid}`))
    expect(live.filter((pid) => rows.has(pid)).length).toBeGreaterThan(live.length / 2)
    for (const { key, memorySource, unknown } of table.containers) {
      // ours we may always look into
      if (key === row?.container || memorySource === 'cgroup') continue
      expect(['another-user', 'not-offered']).toContain(unknown.memoryLimitBytes ?? '')
    }
  } finally {
    process.seteuid?.(0)
    asOther.close()
    await child.stop('SIGKILL')
  }
})

function linkOf(fd: string): string | null {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`)
  } catch {
    return null
  }
}
