import { test as anywhere, expect } from 'bun:test'
import { mkdirSync, rmdirSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { systemClock } from '#kit/clock.ts'
import { randomHex } from '#kit/random-hex.ts'
import { startChild } from '#test/fixtures/child.ts'
import { ControlGroup } from '#test/fixtures/control-group.ts'
import { needs } from '#test/fixtures/needs.ts'
import { recordedProc } from '#test/fixtures/recorded-proc.ts'
import { temporaryFolder } from '#test/fixtures/temp.ts'
import { until } from '#test/fixtures/until.ts'
import { FileChanges } from '#topz/sample/file-changes.ts'
import type { Sample } from '#topz/sample/sample.ts'
import { Sampler } from '#topz/sample/sampler.ts'

const { test } = needs('root', 'control groups of version 1')

const mebi = 2 ** 20

function samplerOf(procRoot: string, onOomKill: () => void = () => {}): Sampler & Disposable {
  const sampler = new Sampler({ procRoot, clock: systemClock, onOomKill })
  return Object.assign(sampler, { [Symbol.dispose]: () => sampler.close() })
}

function figuresIn(list: Sample['containers'], { id }: { readonly id: string }) {
  return list.find(({ key }) => key === id)?.figures
}

/** Waits for the file, runs the rest. */
const whenToldTo = 'while [ ! -e "$1" ]; do sleep 0.01; done;'

test('a child that is killed for memory is counted while its parent lives on', async () => {
  await using group = new ControlGroup()
  await using folder = temporaryFolder('oom')
  group.write('memory', 'memory.limit_in_bytes', 64 * mebi)
  using sampler = samplerOf('/proc')
  const script = `${whenToldTo} tail /dev/zero; echo "child $?"; exec sleep 600`
  const parent = group.start(['sh', '-c', script, 'sh', folder.at('go')])
  await until(() => (group.members().length > 0 ? true : null))
  const before = figuresIn(sampler.sample().containers, group)
  expect(before).toMatchObject({ oomKills: 0, memoryLimitHits: 0 })
  await Bun.write(folder.at('go'), '')
  await parent.line('child 137')
  const sample = sampler.sample()
  expect(figuresIn(sample.containers, group)?.oomKills).toBe(1)
  expect(figuresIn(sample.containers, group)?.memoryLimitHits).toBeGreaterThan(0)
  expect(sample.processes.map(({ pid }) => pid)).toContain(parent.pid)
})

test('a container whose only process is killed for memory has ended, and its last counts tell why', async () => {
  await using group = new ControlGroup()
  await using folder = temporaryFolder('oom')
  group.write('memory', 'memory.limit_in_bytes', 64 * mebi)
  using sampler = samplerOf('/proc')
  const script = `${whenToldTo} exec tail /dev/zero`
  const child = group.start(['sh', '-c', script, 'sh', folder.at('go')])
  await until(() => (group.members().length > 0 ? true : null))
  expect(figuresIn(sampler.sample().containers, group)?.oomKills).toBe(0)
  await Bun.write(folder.at('go'), '')
  expect(await child.exited).toBe(137)
  const { containers, ended } = sampler.sample()
  expect(figuresIn(containers, group)).toBeUndefined()
  expect(figuresIn(ended, group)).toMatchObject({ oomKills: 1, memoryLimitBytes: 64 * mebi })
  expect(figuresIn(ended, group)?.memoryPeakBytes).toBe(64 * mebi)
  expect(sampler.sample().ended).toEqual([])
})

test('of a container whose group is gone already, the figures of the sample before stay', async () => {
  await using group = new ControlGroup()
  group.write('memory', 'memory.limit_in_bytes', 64 * mebi)
  using sampler = samplerOf('/proc')
  const child = group.start(['sleep', '600'])
  await until(() => (group.members().length > 0 ? true : null))
  const before = figuresIn(sampler.sample().containers, group)
  await child.stop('SIGKILL')
  await group.remove()
  expect(figuresIn(sampler.sample().ended, group)).toEqual(before)
})

anywhere(
  'a group that is killed whole is known by what the kernel told before it was gone',
  async () => {
    const tree = new URL('../golden/topz/containerd-v2.txt', import.meta.url).pathname
    await using recorded = recordedProc(tree)
    let told = 0
    using sampler = samplerOf(recorded.path, () => told++)
    const nginx = sampler.sample().containers.find(({ name }) => name === 'nginx')
    expect(nginx?.figures.oomKills).toBe(2)

    const events = `${recorded.path}/7/root/sys/fs/cgroup/memory.events`
    await Bun.write(events, 'low 0\nhigh 0\nmax 40\noom 3\noom_kill 5\noom_group_kill 1\n')
    await until(() => (told > 0 ? true : null))
    await Bun.write(events, '') // nothing is read any more
    for (const pid of [7, 12, 13]) {
      await Bun.write(`${recorded.path}/${pid}/stat`, '')
      await rm(`${recorded.path}/${pid}`, { recursive: true })
    }
    const { ended } = sampler.sample()
    expect(ended).toHaveLength(1)
    expect(ended[0]).toMatchObject({
      name: 'nginx',
      figures: { oomKills: 5, memoryLimitHits: 40, memoryBytes: nginx?.figures.memoryBytes },
    })
  },
)

test("a change of a kernel's file is told when it is another mount namespace's", async () => {
  const unified = '/sys/fs/cgroup/unified'
  const folder = `${unified}/sidecars-test-${randomHex(8)}`
  mkdirSync(folder)
  const elsewhere = 'mount -t tmpfs none /mnt && mkdir /mnt/g && mount --bind "$1" /mnt/g'
  const script = `${elsewhere} && umount -l /sys/fs/cgroup/unified && echo ready && exec sleep 600`
  await using other = startChild(['unshare', '--mount', 'sh', '-c', script, 'sh', folder])
  await other.line('ready')
  let told = 0
  const changes = new FileChanges()
  expect(changes.watch(`/proc/${other.pid}/root/mnt/g/cgroup.events`, () => told++)).not.toBeNull()
  const child = startChild(['sleep', '600'])
  await Bun.write(`${folder}/cgroup.procs`, `${child.pid}`)
  await until(() => (told > 0 ? true : null), { what: 'news of the first process' })
  told = 0
  await child.stop('SIGKILL')
  await until(() => (told > 0 ? true : null), { what: 'news of its end' })
  changes.close()
  rmdirSync(folder)
})
