import { expect } from 'bun:test'
import { existsSync, statSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { systemClock } from '#kit/clock.ts'
import { randomHex } from '#kit/random-hex.ts'
import { startChild } from '#test/fixtures/child.ts'
import { ControlGroup } from '#test/fixtures/control-group.ts'
import { needs } from '#test/fixtures/needs.ts'
import { temporaryFolder } from '#test/fixtures/temp.ts'
import { until } from '#test/fixtures/until.ts'
import { tableOf } from '#topz/model/table-of.ts'
import type { Sample, SampledContainer } from '#topz/sample/sample.ts'
import { Sampler } from '#topz/sample/sampler.ts'

/* Containers that are made here, of real groups of this machine, against the kernel's own files. */

const { test } = needs('root', 'control groups of version 1')

const mebi = 2 ** 20
const busy = ['sh', '-c', 'while :; do :; done']

/** A file that is memory, removed at the end. */
function sharedMemory(): { readonly path: string } & AsyncDisposable {
  const path = `/dev/shm/sidecars-test-${randomHex(8)}`
  return { path, [Symbol.asyncDispose]: () => rm(path, { force: true }) }
}

function samplerHere(): Sampler & Disposable {
  const sampler = new Sampler({ procRoot: '/proc', clock: systemClock })
  return Object.assign(sampler, { [Symbol.dispose]: () => sampler.close() })
}

function containerIn(sample: Sample, { id }: ControlGroup): SampledContainer {
  const found = sample.containers.find(({ key }) => key === id)
  if (found === undefined) throw new Error(`Cannot find the container ${id}: no process is in it`)
  return found
}

/** A program that says `ready`, takes this much memory at USR2, says `taken`, and keeps it. */
function takes(bytes: number): readonly string[] {
  const script = `let taken
    process.on('SIGUSR2', () => {
      taken = Buffer.alloc(${bytes}, 1)
      console.log('taken', taken.length)
    })
    setInterval(() => taken, 60_000)
    console.log('ready')`
  return [process.execPath, '-e', script]
}

test('a throttled container is shown throttled for the share that the kernel counts', async () => {
  await using group = new ControlGroup()
  group.write('cpu', 'cpu.cfs_quota_us', 20_000)
  using sampler = samplerHere()
  const counts = () => ({
    periods: group.count('cpu', 'cpu.stat', 'nr_periods'),
    throttled: group.count('cpu', 'cpu.stat', 'nr_throttled'),
    seconds: group.count('cpu', 'cpu.stat', 'throttled_time') / 1e9,
  })
  const child = group.start(busy)
  await until(() => (counts().throttled > 0 ? true : null))

  const moment = () => {
    const before = counts()
    const sample = sampler.sample()
    const after = counts()
    const { figures } = containerIn(sample, group)
    expect(figures.cpuPeriods).toBeWithin(before.periods, after.periods + 1)
    expect(figures.throttledPeriods).toBeWithin(before.throttled, after.throttled + 1)
    expect(figures.throttledSeconds).toBeGreaterThanOrEqual(before.seconds)
    expect(figures.throttledSeconds).toBeLessThanOrEqual(after.seconds)
    return {
      sample,
      periods: Number(figures.cpuPeriods),
      throttled: Number(figures.throttledPeriods),
    }
  }
  const first = moment()
  await until(() => (counts().periods >= first.periods + 5 ? true : null))
  const second = moment()

  const table = tableOf({ previous: first.sample, current: second.sample })
  const container = table.containers.find(({ key }) => key === group.id)
  expect(container?.cpuLimitMillicores).toBe(200)
  expect(container?.throttled).toBe(
    (second.throttled - first.throttled) / (second.periods - first.periods),
  )
  expect(container?.throttled).toBeGreaterThan(0.5)
  await child.stop('SIGKILL')
})

test('the CPU time of a container is that of its group, of all that ended in it too', async () => {
  await using group = new ControlGroup()
  using sampler = samplerHere()
  const usage = (): number => Number(group.read('cpuacct', 'cpuacct.usage'))
  const child = group.start([
    'sh',
    '-c',
    'for i in 1 2 3 4 5 6 7 8; do sh -c "i=0; while [ \\$i -lt 20000 ]; do i=\\$((i+1)); done"; done; echo done; sleep 600',
  ])
  await child.line('done')
  const before = usage()
  const sample = sampler.sample()
  const after = usage()
  const nanos = Math.round(Number(containerIn(sample, group).figures.cpuSeconds) * 1e9)
  expect(nanos).toBeWithin(before, after + 1)
  const living = sample.processes
    .filter(({ facts }) => facts.container === group.id)
    .map(({ counters }) => (typeof counters === 'string' ? 0 : counters.cpuSeconds))
  // its eight children, which are gone, used nearly all of it
  expect(living.reduce((sum, seconds) => sum + seconds, 0)).toBeLessThan(nanos / 1e9 / 2)
})

test('memory of each kind is counted within a hundredth, and the kinds add up to the usage', async () => {
  await using group = new ControlGroup()
  await using folder = temporaryFolder('memory')
  using sampler = samplerHere()
  const figures = () => containerIn(sampler.sample(), group).figures
  const writes = (path: string): readonly string[] => [
    ...['sh', '-c', 'head -c 67108864 /dev/zero >"$1" && sync "$1"', 'sh', path],
  ]
  const child = group.start(takes(256 * mebi))
  await child.line('ready')

  const before = figures()
  child.signal('SIGUSR2')
  await child.line('taken')
  expect(await group.start(writes(folder.at('file'))).exited).toBe(0)
  await using shared = sharedMemory()
  expect(await group.start(writes(shared.path)).exited).toBe(0)
  const after = figures()

  const grown = (...names: readonly (keyof typeof after)[]): number =>
    names.reduce((sum, name) => sum + Number(after[name]) - Number(before[name]), 0)
  const within = (bytes: number, expected: number): void => {
    expect(Math.abs(bytes / expected - 1)).toBeLessThan(0.01)
  }
  within(grown('memoryAnonBytes'), 256 * mebi)
  within(grown('memoryShmemBytes'), 64 * mebi)
  within(grown('memoryActiveFileBytes', 'memoryInactiveFileBytes'), 64 * mebi)
  const parts = [
    after.memoryAnonBytes,
    after.memoryShmemBytes,
    after.memoryKernelBytes,
    after.memoryActiveFileBytes,
    after.memoryInactiveFileBytes,
  ]
  within(
    parts.reduce<number>((sum, part) => sum + Number(part), 0),
    Number(after.memoryUsageBytes),
  )
  expect(after.memoryPeakBytes).toBeGreaterThanOrEqual(Number(after.memoryUsageBytes))
  expect(after.memoryBytes).toBe(
    Number(after.memoryUsageBytes) - Number(after.memoryInactiveFileBytes),
  )
})

test('limits that change while it runs are the new ones at the next sample', async () => {
  await using group = new ControlGroup()
  using sampler = samplerHere()
  group.start(['sleep', '600'])
  await until(() => (group.members().length === 1 ? true : null))
  const limits = () => {
    const { figures } = containerIn(sampler.sample(), group)
    return [figures.cpuLimitMillicores, figures.memoryLimitBytes, figures.pidsLimit]
  }
  const set = (cpu: number, memory: number, pids: number | string): void => {
    group.write('cpu', 'cpu.cfs_quota_us', cpu)
    group.write('memory', 'memory.limit_in_bytes', memory)
    group.write('pids', 'pids.max', pids)
  }
  expect(limits()).toEqual(['no-limit', 'no-limit', 'no-limit'])
  set(150_000, 128 * mebi, 50)
  expect(limits()).toEqual([1500, 128 * mebi, 50])
  set(50_000, 64 * mebi, 9)
  expect(limits()).toEqual([500, 64 * mebi, 9])
  set(-1, -1, 'max')
  expect(limits()).toEqual(['no-limit', 'no-limit', 'no-limit'])
})

test('what is seen before a runtime has set all of it up is whole a sample later', async () => {
  await using group = new ControlGroup()
  using sampler = samplerHere()
  group.write('pids', 'pids.max', 7)
  const child = startChild(['sleep', '600'])
  group.write('memory', 'cgroup.procs', child.pid)
  expect(containerIn(sampler.sample(), group).figures).toMatchObject({
    memoryLimitBytes: 'no-limit',
    pidsLimit: 'not-offered',
  })
  group.write('pids', 'cgroup.procs', child.pid)
  expect(containerIn(sampler.sample(), group).figures.pidsLimit).toBe(7)
})

test('what it reads and writes on disks is counted, and no count is not 0', async () => {
  await using group = new ControlGroup()
  await using folder = temporaryFolder('disk')
  using sampler = samplerHere()
  const disk = () => {
    const { figures } = containerIn(sampler.sample(), group)
    return { written: figures.diskWrittenBytes, read: figures.diskReadBytes }
  }
  group.start(['sleep', '600'])
  await until(() => (group.members().length === 1 ? true : null))
  expect(disk()).toEqual({ written: 'not-offered', read: 'not-offered' })

  const { dev } = statSync(folder.path)
  const major = (dev >> 8) & 0xfff
  if (major === 0) return // a file system without a device of its own: nothing is counted
  // so high that it limits nothing: with a limit the kernel counts
  const limit = `${major}:${(dev & 0xff) | ((dev >> 12) & 0xfff00)} 1000000000000`
  group.write('blkio', 'blkio.throttle.write_bps_device', limit)
  const path = folder.at('file')
  const move = async (...words: readonly string[]): Promise<void> => {
    expect(await group.start(['dd', 'bs=1M', 'count=8', ...words]).exited).toBe(0)
  }
  await move('if=/dev/zero', `of=${path}`, 'oflag=direct')
  await move(`if=${path}`, 'of=/dev/null', 'iflag=direct')
  const { written, read } = disk()
  expect(Number(written) / (8 * mebi)).toBeCloseTo(1, 1)
  expect(Number(read) / (8 * mebi)).toBeCloseTo(1, 1)
})

test('waiting is counted where a hybrid machine counts it', async () => {
  await using group = new ControlGroup()
  using sampler = samplerHere()
  const pressure = group.has('unified') && existsSync(`${group.folder('unified')}/cpu.pressure`)
  for (let each = 0; each < 4; each++) group.start(busy)
  await until(() => (group.members().length === 4 ? true : null))
  const total = (): number =>
    Number(/^some .*total=(\d+)/m.exec(group.read('unified', 'cpu.pressure'))?.[1]) / 1e6
  if (!pressure) {
    expect(containerIn(sampler.sample(), group).figures.cpuPressureSeconds).toBe('not-offered')
    return
  }
  await until(() => (total() > 0.1 ? true : null))
  const before = total()
  const { cpuPressureSeconds } = containerIn(sampler.sample(), group).figures
  expect(cpuPressureSeconds).toBeGreaterThanOrEqual(before)
  expect(cpuPressureSeconds).toBeLessThanOrEqual(total())
})
