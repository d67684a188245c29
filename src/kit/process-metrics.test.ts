import { afterAll, expect, test } from 'bun:test'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRegistry } from './metrics.ts'
import { addProcessMetrics } from './process-metrics.ts'

const folder = mkdtempSync(join(tmpdir(), 'process-metrics-'))
afterAll(() => rmSync(folder, { recursive: true }))

function exposition(root: string): string {
  const registry = createRegistry()
  addProcessMetrics(registry, root)
  return registry.text()
}

/** `NAME VALUE` of each series. */
function series(text: string): Readonly<Record<string, number>> {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  return Object.fromEntries(
    lines.map((line) => line.split(' ')).map(([name, n]) => [name, +(n ?? '')]),
  )
}

test("are read from the kernel's files, whatever the process is called", () => {
  mkdirSync(join(folder, 'self/fd'), { recursive: true })
  for (const fd of ['0', '1', '2', '7']) writeFileSync(join(folder, 'self/fd', fd), '')
  const write = (name: string, text: string): void => writeFileSync(join(folder, name), text)
  // as Linux 6.1 wrote them
  write(
    'self/stat',
    '20904 (a) b (c)) R 20898 20898 22795 0 -1 4194304 103 0 0 0 152 48 0 0 20 0 1 0 1186281 ' +
      '3133440 396 18446744073709551615 94081479143424 94081479163305 140724368318992 0 0 0\n',
  )
  write(
    'self/status',
    'Name:\tcat\nVmPeak:\t    3060 kB\nVmSize:\t    3060 kB\nVmRSS:\t    1608 kB\n',
  )
  write(
    'self/limits',
    'Limit                     Soft Limit           Hard Limit           Units     \n' +
      'Max processes             95977                95977                processes \n' +
      'Max open files            20000                1048576              files     \n',
  )
  write('stat', 'cpu  1 2 3\nbtime 1795437649\nprocesses 22795\n')

  expect(series(exposition(folder))).toEqual({
    process_cpu_seconds_total: 2,
    process_max_fds: 20_000,
    process_open_fds: 4,
    process_resident_memory_bytes: 1608 * 1024,
    process_start_time_seconds: 1_795_437_649 + 11_862.81,
    process_virtual_memory_bytes: 3060 * 1024,
  })
})

test('what the kernel does not tell has no series', () => {
  expect(series(exposition(join(folder, 'nowhere')))).toEqual({})
})

test('the kernel of this machine tells all of them of this process', () => {
  const found = series(exposition('/proc'))
  expect(Object.keys(found)).toHaveLength(6)
  const { user, system } = process.cpuUsage()
  expect(found.process_cpu_seconds_total).toBeCloseTo((user + system) / 1e6, -1)
  expect(found.process_start_time_seconds).toBeCloseTo(performance.timeOrigin / 1000, -1)
  expect(found.process_resident_memory_bytes).toBeGreaterThan(1e6)
  expect(found.process_open_fds).toBeLessThan(found.process_max_fds ?? 0)
})
