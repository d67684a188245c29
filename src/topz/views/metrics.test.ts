import { expect, test } from 'bun:test'
import { seeded } from '#test/fixtures/seeded.ts'
import { later, madeUpPod, madeUpProcess } from '#topz/model/made-up-pod.ts'
import type { Process, Table } from '#topz/model/table.ts'
import { PodMetrics } from './metrics.ts'

function lines(metrics: PodMetrics, name: string): readonly string[] {
  return metrics
    .text()
    .split('\n')
    .filter((line) => line.startsWith(`${name}{`))
}

function pod(...processes: readonly Process[]): Table {
  return later(madeUpPod, { processes })
}

test('processes are added up by container and program', () => {
  const metrics = new PodMetrics()
  metrics.update(madeUpPod)
  expect(lines(metrics, 'topz_processes')).toContain(
    'topz_processes{container="nginx",program="nginx"} 3',
  )
  expect(lines(metrics, 'topz_process_open_files')).toContain(
    'topz_process_open_files{container="app",program="node"} 272',
  )
  expect(lines(metrics, 'topz_container_memory_limit_bytes')).toEqual([
    'topz_container_memory_limit_bytes{container="app"} 536870912',
    'topz_container_memory_limit_bytes{container="pause"} 134217728',
    'topz_container_memory_limit_bytes{container="topz"} 67108864',
  ])
})

test('CPU time keeps that of processes that ended, so its counter never runs back', () => {
  const metrics = new PodMetrics()
  const one = (cpuSeconds: number | null) => madeUpProcess(5, { name: 'a', cpuSeconds })
  const two = (cpuSeconds: number) => madeUpProcess(6, { name: 'a', cpuSeconds })
  const seen: string[] = []
  for (const table of [pod(one(10)), pod(one(11.5), two(1)), pod(two(3)), pod(one(null), two(3))]) {
    metrics.update(table)
    seen.push(...lines(metrics, 'topz_process_cpu_seconds_total'))
  }
  const series = 'topz_process_cpu_seconds_total{container="app",program="a"}'
  expect(seen).toEqual([10, 12.5, 14.5, 14.5].map((total) => `${series} ${total}`))
})

test('a process that changes its program counts for each from then on', () => {
  const metrics = new PodMetrics()
  metrics.update(pod(madeUpProcess(5, { name: 'sh', cpuSeconds: 1 })))
  metrics.update(pod(madeUpProcess(5, { name: 'node', cpuSeconds: 3 })))
  expect(lines(metrics, 'topz_process_cpu_seconds_total')).toEqual([
    'topz_process_cpu_seconds_total{container="app",program="node"} 2',
    'topz_process_cpu_seconds_total{container="app",program="sh"} 1',
  ])
})

test('what is unknown is absent, not 0', () => {
  const metrics = new PodMetrics()
  metrics.update(pod(madeUpProcess(5, { name: 'a', openFiles: null })))
  expect(lines(metrics, 'topz_process_open_files')).toEqual([])
})

/** A pod whose processes have these names, so many minutes later. */
function named(minutes: number, names: readonly string[], cpuSeconds = 1): Table {
  const takenAtMs = madeUpPod.takenAtMs + minutes * 60_000
  const processes = names.map((name, at) =>
    madeUpProcess(at + 2, { key: `${name}.1`, name, cpuSeconds }),
  )
  return { ...pod(...processes), takenAtMs }
}

test('programs that invent names cannot make series without end', () => {
  const metrics = new PodMetrics()
  for (let round = 0; round < 5; round++) {
    const names = Array.from({ length: 1000 }, (_, at) => `n${round}-${at}`)
    metrics.update(named(round, names))
  }
  expect(lines(metrics, 'topz_process_cpu_seconds_total')).toHaveLength(501)
  const other = 'topz_process_cpu_seconds_total{container="app",program="other"} 4500'
  expect(lines(metrics, 'topz_process_cpu_seconds_total')).toContain(other)
})

test('a program that nobody runs any more leaves after ten minutes, and its place to others', () => {
  const metrics = new PodMetrics()
  const programs = (): readonly string[] =>
    lines(metrics, 'topz_process_cpu_seconds_total').map(
      (line) => /program="(.*?)"/.exec(line)?.[1] ?? '',
    )
  const old = Array.from({ length: 500 }, (_, at) => `old${at}`)
  metrics.update(named(0, [...old, 'new'], 5))
  expect(programs()).toContain('other')
  metrics.update(named(9, ['new'], 6))
  expect(programs()).toHaveLength(501)
  metrics.update(named(10, ['new'], 7))
  expect(programs()).toEqual(['other'])
  metrics.update(named(11, ['new'], 8))
  expect(lines(metrics, 'topz_process_cpu_seconds_total')).toEqual([
    'topz_process_cpu_seconds_total{container="app",program="new"} 1',
    'topz_process_cpu_seconds_total{container="app",program="other"} 7',
  ])
  metrics.update(named(21, ['new'], 8))
  expect(programs()).toEqual(['new'])
})

test('no counter ever runs back, whatever becomes known or unknown', () => {
  const random = seeded(11)
  const metrics = new PodMetrics()
  const highest = new Map<string, number>()
  for (let moment = 0; moment < 300; moment++) {
    const processes = Array.from({ length: 8 }, (_, at) =>
      madeUpProcess(at + 2, {
        key: `${at}.${random() < 0.1 ? moment : 0}`,
        name: `p${Math.floor(random() * 3)}`,
        cpuSeconds: random() < 0.3 ? null : moment / 100 + random(),
        cpuWaitSeconds: random() < 0.5 ? null : moment,
        diskReadBytes: random() < 0.9 ? null : moment * 4096,
      }),
    )
    metrics.update({ ...pod(...processes), takenAtMs: moment * 1000 })
    for (const line of metrics.text().split('\n')) {
      const [, series = '', value = ''] = /^(topz_process_\w+_total\{.*\}) (.*)$/.exec(line) ?? []
      if (series === '') continue
      expect(Number(value)).toBeGreaterThanOrEqual(highest.get(series) ?? 0)
      highest.set(series, Number(value))
    }
  }
  expect(highest.size).toBeGreaterThan(8)
})

test('a count that is first told in mid-life begins at nothing', () => {
  const metrics = new PodMetrics()
  for (const diskReadBytes of [null, 5000, null, 7000]) {
    metrics.update(pod(madeUpProcess(5, { name: 'a', diskReadBytes })))
  }
  expect(lines(metrics, 'topz_process_disk_read_bytes_total')).toEqual([
    'topz_process_disk_read_bytes_total{container="app",program="a"} 2000',
  ])
})

test('containers and the network are told by their own counts, and parts by a label', () => {
  const metrics = new PodMetrics()
  metrics.update(madeUpPod)
  const app = (name: string): readonly string[] =>
    lines(metrics, name).filter((line) => line.includes('"app"'))
  const [first] = madeUpPod.containers
  expect(app('topz_container_memory_bytes')).toEqual([
    `topz_container_memory_bytes{container="app",kind="active_file"} ${first?.memoryActiveFileBytes}`,
    `topz_container_memory_bytes{container="app",kind="anon"} ${first?.memoryAnonBytes}`,
    `topz_container_memory_bytes{container="app",kind="inactive_file"} ${first?.memoryInactiveFileBytes}`,
    `topz_container_memory_bytes{container="app",kind="kernel"} ${first?.memoryKernelBytes}`,
    `topz_container_memory_bytes{container="app",kind="shmem"} ${first?.memoryShmemBytes}`,
  ])
  expect(app('topz_container_pressure_waiting_seconds_total')[0]).toEndWith(
    `resource="cpu"} ${first?.cpuPressureSeconds}`,
  )
  expect(app('topz_container_cpu_seconds_total')).toHaveLength(1)
  expect(metrics.text()).toContain('\ntopz_network_received_bytes_total 81000000000\n')
  expect(lines(metrics, 'topz_tcp_sockets')).toContain('topz_tcp_sockets{state="established"} 38')
  metrics.update(later(madeUpPod, { network: null }))
  expect(lines(metrics, 'topz_tcp_sockets')).toEqual([])
})

test('hostile names stay inside their label', () => {
  const metrics = new PodMetrics()
  metrics.update(pod(madeUpProcess(5, { name: 'a"} 1\nb{c="' })))
  expect(lines(metrics, 'topz_processes')).toEqual([
    'topz_processes{container="app",program="a\\"} 1␊b{c=\\""} 1',
  ])
})
