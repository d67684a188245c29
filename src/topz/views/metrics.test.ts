import { expect, test } from 'bun:test'
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

test('programs that invent names cannot make series without end', () => {
  const metrics = new PodMetrics()
  for (let round = 0; round < 5; round++) {
    const processes = Array.from({ length: 1000 }, (_, at) =>
      madeUpProcess(at + 2, { key: `${at}.${round}`, name: `n${round}-${at}`, cpuSeconds: 1 }),
    )
    metrics.update(pod(...processes))
  }
  expect(lines(metrics, 'topz_process_cpu_seconds_total')).toHaveLength(501)
  const other = 'topz_process_cpu_seconds_total{container="app",program="other"} 4500'
  expect(lines(metrics, 'topz_process_cpu_seconds_total')).toContain(other)
})

test('hostile names stay inside their label', () => {
  const metrics = new PodMetrics()
  metrics.update(pod(madeUpProcess(5, { name: 'a"} 1\nb{c="' })))
  expect(lines(metrics, 'topz_processes')).toEqual([
    'topz_processes{container="app",program="a\\"} 1␊b{c=\\""} 1',
  ])
})
