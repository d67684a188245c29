import { expect, test } from 'bun:test'
import { readdirSync } from 'node:fs'
import { systemClock } from '#kit/clock.ts'
import { startChild } from '#test/fixtures/child.ts'
import { needs } from '#test/fixtures/needs.ts'
import { tableOf } from '#topz/model/table-of.ts'
import type { Sample, SampledProcess } from '#topz/sample/sample.ts'
import { Sampler } from '#topz/sample/sampler.ts'
import { FakeProc } from './topz-fake-proc.ts'

/** A sampler over a fake, with its descriptors closed at the end of the test. */
function samplerOf(procRoot: string, options: { readonly maxDescriptors?: number } = {}) {
  const sampler = new Sampler({ procRoot, clock: systemClock, ...options })
  return {
    sample: () => sampler.sample(),
    take: () => sampler.take(),
    [Symbol.dispose]: () => sampler.close(),
  }
}

function only(sample: Sample): SampledProcess {
  const [process] = sample.processes
  if (process === undefined) throw new Error('Cannot look at a process: the sample is empty')
  return process
}

const neighbour = '3f1b0c2d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f9'
const podUid = '0d6c1c0e-2c2f-4a52-9c0e-7f0f3f0a1b11'

/** A pod as topz sees it on cgroup v2: itself at `/`, a neighbour beside it, the pause. */
function writePod(proc: FakeProc): void {
  proc.process(1, { name: 'pause' })
  proc.write('1/cgroup', '0::/../cri-containerd-aaaa1111aaaa1111aaaa1111aaaa1111.scope\n')
  proc.write('1/cmdline', '/pause\0')
  proc.process(20, { name: 'nginx', cpuTicks: 5 })
  proc.write('20/cmdline', 'nginx: master process nginx -g daemon off;\0')
  proc.write('20/cgroup', `0::/../cri-containerd-${neighbour}.scope\n`)
  proc.write(
    '20/mountinfo',
    `9 8 0:30 /../cri-containerd-${neighbour}.scope /sys/fs/cgroup ro - cgroup2 cgroup rw,nsdelegate
10 8 254:1 /var/lib/kubelet/pods/${podUid}/containers/nginx/5b9f /dev/termination-log rw - ext4 /dev/x rw\n`,
  )
  const cgroup = '20/root/sys/fs/cgroup'
  proc.write(`${cgroup}/cpu.max`, '20000 100000\n')
  proc.write(`${cgroup}/cpu.stat`, 'usage_usec 1000000\nnr_periods 10\nnr_throttled 0\n')
  proc.write(`${cgroup}/memory.current`, '5000000\n')
  proc.write(`${cgroup}/memory.max`, '8000000\n')
  proc.write(`${cgroup}/memory.stat`, 'anon 1\ninactive_file 1000000\n')
  proc.write(`${cgroup}/memory.events`, 'oom 0\noom_kill 0\n')
  proc.write('20/root/etc/passwd', `root:x:0:0::/:\nwebmaster:x:${process.getuid?.() ?? 0}:0::/:\n`)
  proc.process(30, { name: 'topz' })
  proc.write('30/cgroup', '0::/\n')
  proc.self(30)
}

test('a neighbour has its name, limits and usage, from outside and without any API', async () => {
  await using proc = new FakeProc()
  writePod(proc)
  using sampler = samplerOf(proc.path)
  const previous = sampler.sample()
  await Bun.sleep(5)
  proc.write(
    '20/root/sys/fs/cgroup/cpu.stat',
    'usage_usec 1001000\nnr_periods 20\nnr_throttled 4\n',
  )
  const table = tableOf({ previous, current: sampler.sample() })
  expect(table.podUid).toBe(podUid)
  expect(table.containers.map(({ label, kind }) => `${label} ${kind}`)).toEqual([
    'nginx app',
    'topz viewer',
    'pause pause',
  ])
  expect(table.containers[0]).toMatchObject({
    key: neighbour,
    cpuLimitMillicores: 200,
    throttled: 0.4,
    memoryBytes: 4_000_000,
    memoryLimitBytes: 8_000_000,
    memorySource: 'cgroup',
    oomKills: 0,
    pids: null,
    unknown: { pids: 'not-offered', pidsLimit: 'not-offered' },
  })
  expect(table.containers[0]?.cpuMillicores).toBeGreaterThan(0)
  expect(table.processes[1]).toMatchObject({ pid: 20, memoryOfLimit: 409600 / 8_000_000 })
})

needs('root').test(
  'what is hidden from our user shows when a process of our user comes',
  async () => {
    await using proc = new FakeProc()
    writePod(proc)
    proc.keepPrivate('20/root')
    using sampler = samplerOf(proc.path)
    const containerOfNginx = () => {
      try {
        // one sample is one synchronous call, so nothing else in this process runs as the other user
        process.seteuid?.(65534)
        const table = tableOf({ previous: null, current: sampler.sample() })
        return table.containers.find(({ name }) => name === 'nginx')
      } finally {
        process.seteuid?.(0)
      }
    }
    for (let round = 0; round < 3; round++) {
      if (round === 2) {
        // ended before it could be looked through: that says nothing about rights
        proc.process(22, { name: 'gone', rssPages: 0 })
        proc.write('22/cgroup', `0::/../cri-containerd-${neighbour}.scope\n`)
      }
      expect(containerOfNginx()).toMatchObject({
        memoryBytes: 409600,
        memorySource: 'sum-of-rss',
        memoryLimitBytes: null,
        unknown: { memoryLimitBytes: 'another-user', cpuLimitMillicores: 'another-user' },
      })
    }
    proc.process(21, { name: 'worker' })
    proc.write('21/cgroup', `0::/../cri-containerd-${neighbour}.scope\n`)
    proc.write('21/root/sys/fs/cgroup/memory.max', '8000000\n')
    expect(containerOfNginx()).toMatchObject({ memoryLimitBytes: 8_000_000, processes: 3 })
  },
)

test('a container that goes leaves, and its descriptors with it', async () => {
  await using proc = new FakeProc()
  writePod(proc)
  using sampler = samplerOf(proc.path)
  sampler.sample()
  const held = readdirSync('/proc/self/fd').length
  proc.remove(20)
  const after = sampler.sample()
  expect(after.containers.map(({ key }) => key)).not.toContain(neighbour)
  expect(after.processes.map(({ pid }) => pid)).toEqual([1, 30])
  // its stat file, the folder of its open files, and the six files of its control group
  expect(readdirSync('/proc/self/fd').length).toBe(held - 8)
})

test('what cannot be read is a reason, and the process stays', async () => {
  await using proc = new FakeProc()
  proc.process(7, { cpuTicks: 300 })
  for (const file of ['cmdline', 'cgroup', 'mountinfo']) proc.unreadable(`7/${file}`)
  proc.process(8)
  proc.unreadable('8/stat')
  proc.process(9)
  proc.write('9/stat', 'no such format\n')
  using sampler = samplerOf(proc.path)
  const table = tableOf({ previous: null, current: sampler.sample() })
  expect(table.processes.map(({ pid }) => pid)).toEqual([7, 8, 9])
  expect(table.processes[0]).toMatchObject({ command: '[app]', cpuSeconds: 3, container: '/' })
  for (const row of table.processes.slice(1)) {
    expect(row).toMatchObject({
      state: 'unknown',
      cpuMillicores: null,
      rssBytes: null,
      unknown: { cpuMillicores: 'not-offered', rssBytes: 'not-offered', ageSeconds: 'not-offered' },
    })
  }
})

test('an empty process file system is an empty sample, and none is an error that says what to do', async () => {
  await using proc = new FakeProc()
  using sampler = samplerOf(proc.path)
  expect(sampler.sample().processes).toEqual([])
  using nowhere = samplerOf(`${proc.path}/absent`)
  expect(() => nowhere.sample()).toThrow(/Cannot list processes: .*absent.*--proc-root/)
})

test('without room for descriptors the rows are the same', async () => {
  await using proc = new FakeProc()
  for (let pid = 1; pid <= 20; pid++) proc.process(pid, { cpuTicks: pid })
  const rows = (maxDescriptors: number): unknown => {
    using sampler = samplerOf(proc.path, { maxDescriptors })
    sampler.sample()
    return sampler.sample().processes.map(({ readAtMs: _, ...process }) => process)
  }
  expect(rows(0)).toEqual(rows(1000))
  expect(rows(7)).toEqual(rows(1000))
})

test("the machine's own root group is never shown as a container's figures", async () => {
  await using proc = new FakeProc()
  proc.process(7)
  proc.self(7)
  proc.write('7/cgroup', '0::/\n')
  proc.write('7/mountinfo', '9 8 0:30 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n')
  proc.write('7/root/sys/fs/cgroup/memory.current', '99999999999\n')
  const memory = (): unknown => {
    using sampler = samplerOf(proc.path)
    return tableOf({ previous: null, current: sampler.sample() }).containers[0]?.memoryBytes
  }
  expect(memory()).toBe(99_999_999_999) // in a namespace of our own it is our container's
  proc.link('7/ns/cgroup', 'cgroup:[4026531835]')
  expect(memory()).toBe(409_600)
})

test('a process that the listing lacks and that answers is no ended one', async () => {
  await using proc = new FakeProc()
  proc.process(7)
  proc.process(8)
  using sampler = samplerOf(proc.path)
  sampler.sample()
  proc.unlist(7)
  expect(sampler.sample().processes.map(({ key }) => key)).toEqual(['7.500', '8.500'])
})

test('with fewer descriptors than were asked for, some are given back and nothing is missing', async () => {
  await using proc = new FakeProc()
  for (let pid = 1; pid <= 300; pid++) proc.process(pid)
  const script = `
    import { Sampler } from '${import.meta.resolve('#topz/sample/sampler.ts')}'
    import { systemClock } from '${import.meta.resolve('#kit/clock.ts')}'
    const sampler = new Sampler({ procRoot: '${proc.path}', clock: systemClock, maxDescriptors: 1000 })
    for (let round = 0; round < 3; round++) {
      const read = sampler.sample().processes.filter(({ counters }) => typeof counters !== 'string')
      console.log(read.length, new Set(read.map(({ key }) => key)).size)
    }
    require('node:fs').openSync('/dev/null')
    console.log('room for others')`
  const child = startChild([
    'bash',
    '-c',
    'ulimit -n 200; exec "$0" -e "$1"',
    process.execPath,
    script,
  ])
  expect(await child.exited).toBe(0)
  expect(child.stdout).toEqual(['300 300', '300 300', '300 300', 'room for others'])
})

test('a process stays itself when there is room for its descriptor later', async () => {
  await using proc = new FakeProc()
  for (let pid = 1; pid <= 4; pid++) proc.process(pid)
  using sampler = samplerOf(proc.path, { maxDescriptors: 2 })
  const before = sampler.sample()
  proc.remove(1)
  for (let round = 0; round < 3; round++) {
    const current = sampler.sample()
    expect(current.processes.map(({ key }) => key)).toEqual(['2.500', '3.500', '4.500'])
    const rows = tableOf({ previous: before, current }).processes
    expect(rows.map(({ cpuMillicores }) => cpuMillicores)).toEqual([0, 0, 0])
  }
})

test('a PID taken again is told by its start when no descriptor is kept', async () => {
  await using proc = new FakeProc()
  proc.process(7, { name: 'first', startTicks: 500 })
  proc.write('7/cmdline', 'first\0')
  using sampler = samplerOf(proc.path, { maxDescriptors: 0 })
  expect(only(await sampler.take())).toMatchObject({ key: '7.500', facts: { args: ['first'] } })
  proc.process(7, { name: 'other', startTicks: 900 })
  proc.write('7/cmdline', 'other\0')
  expect(only(await sampler.take())).toMatchObject({ key: '7.900', facts: { args: ['other'] } })
})

test('arguments are read when a process is new and when its name changes, not each time', async () => {
  await using proc = new FakeProc()
  proc.process(7, { name: 'sh' })
  proc.write('7/cmdline', 'sh\0-c\0exec app\0')
  using sampler = samplerOf(proc.path)
  await sampler.take()
  const settled = only(await sampler.take()).facts
  proc.write('7/cmdline', 'app\0--flag\0')
  expect(only(await sampler.take()).facts).toBe(settled)
  proc.process(7, { name: 'app' })
  expect(only(await sampler.take()).facts).toMatchObject({ name: 'app', args: ['app', '--flag'] })
})

test('an uptime that a container system made up gives unknown ages, not wrong ones', async () => {
  await using proc = new FakeProc({ uptimeSeconds: 10 })
  proc.process(7, { startTicks: 500_000 })
  using sampler = samplerOf(proc.path)
  expect(sampler.sample().uptimeSeconds).toBeNull()
})
