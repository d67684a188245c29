import { afterAll, expect, test } from 'bun:test'
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { systemClock } from '#kit/clock.ts'
import { startChild } from '#test/fixtures/child.ts'
import { until } from '#test/fixtures/until.ts'
import type { ExactMemory } from '#topz/procfs/smaps-rollup.ts'
import { type DetailedProcess, DetailsReader } from '#topz/sample/details.ts'
import { surroundingsOf } from '#topz/sample/machine.ts'
import { noParts } from '#topz/sample/parts.ts'
import type { SampledProcess } from '#topz/sample/sample.ts'
import { Sampler } from '#topz/sample/sampler.ts'

const procRoot = '/proc'
const sampler = new Sampler({ procRoot, clock: systemClock })
afterAll(() => sampler.close())
const details = new DetailsReader({
  procRoot,
  surroundings: surroundingsOf(procRoot),
  clock: systemClock,
})

async function found(pid: number): Promise<SampledProcess> {
  const { processes } = await sampler.take()
  const process = processes.find((process) => process.pid === pid)
  if (process === undefined) throw new Error(`Cannot find process ${pid}: it is not in the sample`)
  return process
}

/** As its row has it. */
function detailed({ key, pid, counters }: SampledProcess): DetailedProcess {
  return { key, pid, rssBytes: typeof counters === 'string' ? null : counters.rssBytes }
}

test('the first sample of processes has their arguments', async () => {
  const children = Array.from({ length: 30 }, (_, at) => startChild(['sleep', `${600 + at}`]))
  const fresh = new Sampler({ procRoot, clock: systemClock })
  try {
    for (const { pid } of children) {
      await until(() => readFileSync(`/proc/${pid}/comm`, 'utf8') === 'sleep\n' || null)
    }
    const { processes } = await fresh.take()
    const shown = children.map(({ pid }) => processes.find((it) => it.pid === pid)?.facts.args)
    expect(shown).toEqual(children.map((_, at) => ['sleep', `${600 + at}`]))
  } finally {
    fresh.close()
    await Promise.all(children.map((child) => child.stop('SIGKILL')))
  }
})

test('waiting, disks, limits and CPU of children that ended are what the kernel says', async () => {
  const script =
    'ulimit -Sn 77; (i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done); echo up; while :; do sleep 1; done'
  const child = startChild(['bash', '-c', script])
  try {
    await child.line('up')
    const before = Number(readFileSync(`/proc/${child.pid}/schedstat`, 'utf8').split(' ')[1])
    const process = await found(child.pid)
    const after = Number(readFileSync(`/proc/${child.pid}/schedstat`, 'utf8').split(' ')[1])
    expect(process.waitSeconds).toBeGreaterThanOrEqual(before / 1e9)
    expect(process.waitSeconds).toBeLessThanOrEqual(after / 1e9)
    expect(process.facts.openFilesLimit).toBe(77)
    const io = readFileSync(`/proc/${child.pid}/io`, 'utf8')
    expect(process.diskReadBytes).toBe(Number(/^read_bytes: (\d+)/m.exec(io)?.[1]))
    const { counters } = process
    if (typeof counters === 'string') throw new Error(counters)
    expect(counters.childCpuSeconds).toBeGreaterThan(0.05)
  } finally {
    await child.stop('SIGKILL')
  }
})

test('what nobody asks for is not read, and no folder of open files stays open', async () => {
  const own = new Sampler({ procRoot, clock: systemClock })
  const folders = (): number =>
    readdirSync('/proc/self/fd').filter((fd) => /^\/proc\/\d+\/fd$/.test(linkOf(fd))).length
  try {
    const before = folders()
    const bare = own.sample(noParts)
    expect(folders()).toBe(before)
    expect(bare.network).toBeNull()
    const mine = bare.processes.find(({ pid }) => pid === process.pid)
    expect(mine).toMatchObject({
      openFiles: 'not-asked',
      waitSeconds: 'not-asked',
      diskReadBytes: 'not-asked',
      diskWrittenBytes: 'not-asked',
    })
    own.sample()
    expect(folders() - before).toBeGreaterThan(bare.processes.length / 2)
    await own.take(noParts)
    expect(folders()).toBe(before)
  } finally {
    own.close()
  }
})

test('connections of the network we share are counted by their state', async () => {
  const listener = Bun.listen({ hostname: '127.0.0.1', port: 0, socket: { data() {} } })
  const clients = await Promise.all(
    Array.from({ length: 20 }, () =>
      Bun.connect({ hostname: '127.0.0.1', port: listener.port, socket: { data() {} } }),
    ),
  )
  const own = new Sampler({ procRoot, clock: systemClock })
  try {
    const { network } = own.sample()
    expect(network?.tcp.established).toBeGreaterThanOrEqual(40)
    expect(network?.tcp.listening).toBeGreaterThanOrEqual(1)
    expect(network?.receivedBytes).toBeGreaterThanOrEqual(0)
  } finally {
    own.close()
    for (const client of clients) client.end()
    listener.stop(true)
  }
})

test('one process is told in detail', async () => {
  const child = startChild(['sleep', '600'], { env: { SECRET_OF_TEST: 'told' } })
  try {
    await until(async () => (await found(child.pid)).facts.name === 'sleep' || null)
    const process = await found(child.pid)
    const plain = await details.read(detailed(process))
    expect(plain?.environment).toBeNull()
    const all = await details.read(detailed(process), { environment: true })
    expect(all?.environment).toContain('SECRET_OF_TEST=told')
    const { memory, threads, openFiles, limits } = all ?? {}
    if (typeof memory !== 'object') throw new Error(`memory is ${memory}`)
    expect(memory.pssBytes).toBeGreaterThanOrEqual(memory.ussBytes)
    expect(memory.ussBytes).toBeGreaterThan(0)
    expect(threads).toMatchObject([{ tid: child.pid, name: 'sleep', state: 'S' }])
    expect(openFiles).toMatchObject({ device: 1 })
    expect(limits?.length).toBe(16)
    await child.stop('SIGKILL')
    expect(await details.read(detailed(process))).toBeNull()
  } finally {
    await child.stop('SIGKILL')
  }
})

test('memory of a known allocation is shown within 1 %', async () => {
  const bytes = 64 << 20
  // what the interpreter itself has is taken off
  const script = `$| = 1; vec(my $held, ${bytes}, 8) = 1; print "up\\n"; sleep 600`
  const bare = startChild(['perl', '-e', script.replace(`${bytes}`, '1')])
  const full = startChild(['perl', '-e', script])
  try {
    await Promise.all([bare.line('up'), full.line('up')])
    const exact = async (pid: number): Promise<ExactMemory> => {
      const memory = (await details.read(detailed(await found(pid))))?.memory
      if (typeof memory !== 'object') throw new Error(`memory is ${memory}`)
      return memory
    }
    const rss = async (pid: number): Promise<number> => {
      const { counters } = await found(pid)
      return typeof counters === 'string' ? Number.NaN : counters.rssBytes
    }
    const [small, large] = [await exact(bare.pid), await exact(full.pid)]
    const grown = {
      uss: large.ussBytes - small.ussBytes,
      pss: large.pssBytes - small.pssBytes,
      rss: (await rss(full.pid)) - (await rss(bare.pid)),
    }
    const wrong = Object.entries(grown).filter(([, by]) => Math.abs(by - bytes) >= 0.01 * bytes)
    expect(wrong).toEqual([])
    const kernels = readFileSync(`/proc/${full.pid}/smaps_rollup`, 'utf8')
    const kernelsRss = 1024 * Number(/^Rss: +(\d+)/m.exec(kernels)?.[1])
    expect(Math.abs((await rss(full.pid)) - kernelsRss)).toBeLessThan(0.01 * kernelsRss)
  } finally {
    await Promise.all([bare.stop('SIGKILL'), full.stop('SIGKILL')])
  }
})

/** Empty for one that is closed by now. */
function linkOf(fd: string): string {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`)
  } catch {
    return ''
  }
}
